using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using LoraBridge.Checkpoints;
using LoraBridge.Imaging;
using LoraBridge.Server.Tests.Datasets;
using LoraBridge.Server.Tests.Sdapi;

namespace LoraBridge.Server.Tests.Adapters;

public sealed class AdaptersApiTests(SharedDatasets shared) : IClassFixture<SharedDatasets>
{
    private const string Root = "/lorabridge/v1/adapters";

    private static readonly OrderedDictionary<string, int[]> s_layers = new()
    {
        ["lora_unet_mid_block_attentions_0_proj_in.lora_down.weight"] = [4, 8],
        ["lora_unet_mid_block_attentions_0_proj_in.lora_up.weight"] = [8, 4],
    };

    [Fact]
    public async Task List_ByWordsAndPages_FindsNamesTagsAndNotes()
    {
        await using var server = await DatasetServer.StartAsync();
        Add(server, "sub/Ink drawing", new() { ["ss_tag_frequency"] = """{"1_x":{"watercolour":3}}""" });
        Add(server, "photo");
        File.WriteAllText(Path.Combine(server.Data, "loras", "photo.json"), """{"description":"Ink too","preferred weight":0.5}""");
        File.WriteAllText(Path.Combine(server.Data, "loras", "broken.safetensors"), "x");
        await Refreshed(server);

        var all = await server.GetAsync(Root);
        var page = await server.GetAsync($"{Root}?offset=1&limit=1");
        var photo = await server.GetAsync($"{Root}/photo");

        Assert.Equal(["broken", "Ink drawing", "photo"], Names(all));
        Assert.Equal((3, "Ink drawing"), (page.GetProperty("total").GetInt32(), Names(page).Single()));
        Assert.Equal(["Ink drawing", "photo"], Names(await server.GetAsync($"{Root}?search=ink")));
        Assert.Equal(["Ink drawing"], Names(await server.GetAsync($"{Root}?search=draw%20WATER")));
        Assert.Equal(4, photo.GetProperty("maxRank").GetInt32());
        Assert.Equal("Lora", Assert.Single(photo.GetProperty("algorithms").EnumerateArray()).GetString());
        Assert.Equal(0.5, photo.GetProperty("card").GetProperty("preferredWeight").GetDouble());
        Assert.NotEmpty(all.GetProperty("adapters")[0].GetProperty("problem").GetString()!);
        foreach (var (query, field) in new[] { ("limit=501", "limit"), ("offset=-1", "offset"), ("sort=colour", "sort") })
            Assert.Equal(field, (await server.GetAsync($"{Root}?{query}", HttpStatusCode.UnprocessableEntity)).GetProperty("field").GetString());
    }

    [Fact]
    public async Task Metadata_Edited_LeavesTheDataAndItsHash()
    {
        var server = shared.Server;
        var path = Add(server, "edited", new() { ["ss_output_name"] = "old", ["author"] = "é", ["gone"] = "1" });
        var data = Data(path);
        var hash = (await server.PostAsync($"{Root}/edited/hash")).GetProperty("hash").GetString();

        var after = await server.SendAsync(HttpMethod.Patch, $"{Root}/edited/metadata", new { set = new Dictionary<string, string> { ["ss_output_name"] = "new \"name\" 猫" }, remove = new[] { "gone", "never" } });

        Assert.Equal(["ss_output_name", "author"], after.EnumerateObject().Select(pair => pair.Name));
        Assert.Equal("new \"name\" 猫", (await server.GetAsync($"{Root}/edited/metadata")).GetProperty("ss_output_name").GetString());
        Assert.Equal("new \"name\" 猫", (await server.GetAsync($"{Root}/edited")).GetProperty("alias").GetString());
        Assert.Equal(data, Data(path));
        Assert.Equal(hash, (await server.PostAsync($"{Root}/edited/hash")).GetProperty("hash").GetString());
        using var file = SafetensorsFile.Open(path);
        Assert.Equal(s_layers.Keys, file.Tensors.Keys);
        Assert.Equal(0, file.DataStart % 8);
    }

    [Fact]
    public async Task Metadata_OfAFileThatClaimsItsLegacyHash_ClaimsTheRightOneAfterwards()
    {
        var server = shared.Server;
        var layers = new OrderedDictionary<string, int[]> { ["lora_unet_x.lora_down.weight"] = [4, 80_000], ["lora_unet_x.lora_up.weight"] = [8, 4] };
        var path = Path.Combine(server.Data, "loras", "legacy.safetensors");
        Safetensors.Write(path, layers, new() { ["ss_a"] = "1", ["sshs_legacy_hash"] = "00000000" });
        await Refreshed(server);

        var after = await server.SendAsync(HttpMethod.Patch, $"{Root}/legacy/metadata", new { set = new Dictionary<string, string> { ["ss_a"] = "2" } });

        using var file = SafetensorsFile.Open(path);
        Assert.Equal(CheckpointHashes.Lora(file).Legacy, after.GetProperty("sshs_legacy_hash").GetString());
    }

    [Theory]
    [InlineData("""{}""", HttpStatusCode.UnprocessableEntity, "set")]
    [InlineData("""{"set":{"sshs_model_hash":"0"}}""", HttpStatusCode.UnprocessableEntity, "sshs_model_hash")]
    [InlineData("""{"remove":["sshs_model_hash"]}""", HttpStatusCode.UnprocessableEntity, "sshs_model_hash")]
    [InlineData("""{"set":{"":"x"}}""", HttpStatusCode.UnprocessableEntity, "set")]
    [InlineData("""{"set":{"a\nb":"x"}}""", HttpStatusCode.UnprocessableEntity, "set")]
    [InlineData("""{"set":{"a":null}}""", HttpStatusCode.UnprocessableEntity, "a")]
    [InlineData("""{"set":{"a":5}}""", HttpStatusCode.BadRequest, "set.a")]
    [InlineData("""{"set":null}""", HttpStatusCode.BadRequest, "set")]
    [InlineData("""{"sets":{}}""", HttpStatusCode.BadRequest, "sets")]
    [InlineData("""{"remove":[null]}""", HttpStatusCode.UnprocessableEntity, "set")]
    [InlineData("""{"set":{"a":"\ud800"}}""", HttpStatusCode.BadRequest, "set.a")]
    public async Task Metadata_OfABadEdit_StaysAndNamesTheField(string body, HttpStatusCode status, string field)
    {
        var server = shared.Server;
        var path = Add(server, "kept", new() { ["author"] = "é" });
        var before = File.ReadAllBytes(path);
        await Refreshed(server);
        using var content = new StringContent(body, Encoding.UTF8, "application/json");

        using var answer = await server.Http.PatchAsync(new Uri($"{Root}/kept/metadata", UriKind.Relative), content);

        var problem = JsonSerializer.Deserialize<JsonElement>(await answer.Content.ReadAsStringAsync());
        Assert.Equal((status, field), (answer.StatusCode, problem.GetProperty("field").GetString()));
        Assert.Equal(before, File.ReadAllBytes(path));
    }

    [Theory]
    [InlineData("none")]
    [InlineData("..")]
    [InlineData("..%2Fkept")]
    [InlineData("%2Fetc%2Fpasswd")]
    [InlineData("kept.safetensors")]
    [InlineData("kept%00")]
    [InlineData("NUL")]
    public async Task AnyPath_OfANameThatIsNone_IsNotFound(string name)
    {
        var server = shared.Server;
        Add(server, "kept", new() { ["author"] = "é" });

        foreach (var path in new[] { "/card", "/preview" })
        {
            var address = new Uri($"{server.Address}lorabridge/v1/adapters/{name}{path}", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
            using var content = new StringContent("{}", Encoding.UTF8, path == "/card" ? "application/json" : "image/png");
            using var answer = await server.Http.PutAsync(address, content);
            Assert.True(answer.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.BadRequest or HttpStatusCode.MethodNotAllowed, $"{path}: {answer.StatusCode}");
        }
        Assert.False(File.Exists(Path.Combine(server.Data, "loras", "kept.json")) || File.Exists(Path.Combine(server.Data, "kept.json")));
    }

    [Fact]
    public async Task Card_Written_KeepsWhatOthersWroteIntoIt()
    {
        var server = shared.Server;
        var card = Path.ChangeExtension(Add(server, "card"), ".json");
        File.WriteAllText(card, """{"extra":[1],"notes":"old"}""");
        await Refreshed(server);

        var written = await server.SendAsync(HttpMethod.Put, $"{Root}/card/card", new { description = "é", sdVersion = "SD1", activationText = "ink", preferredWeight = 0.7, negativeText = "blur", notes = "" });

        Assert.Equal("é", written.GetProperty("description").GetString());
        var json = JsonSerializer.Deserialize<JsonElement>(File.ReadAllText(card));
        Assert.Equal(1, json.GetProperty("extra")[0].GetInt32());
        Assert.Equal("SD1|ink|0.7|blur|", string.Join('|', new[] { "sd version", "activation text", "preferred weight", "negative text", "notes" }.Select(key => json.GetProperty(key).ToString())));
        Assert.Equal(0.7, (await server.GetAsync($"{Root}/card/card")).GetProperty("preferredWeight").GetDouble());
        Assert.Equal("SD1", (await server.GetAsync($"{Root}/card")).GetProperty("card").GetProperty("sdVersion").GetString());
    }

    [Theory]
    [InlineData("""{"sdVersion":"SD9"}""", "sdVersion", HttpStatusCode.UnprocessableEntity)]
    [InlineData("""{"preferredWeight":1e9}""", "preferredWeight", HttpStatusCode.UnprocessableEntity)]
    [InlineData("""{"notes":"a\u0000"}""", "notes", HttpStatusCode.UnprocessableEntity)]
    [InlineData("""{"notes":null}""", "notes", HttpStatusCode.BadRequest)]
    [InlineData("""{"remark":"x"}""", "remark", HttpStatusCode.BadRequest)]
    public async Task Card_OfABadField_IsNotWritten(string body, string field, HttpStatusCode status)
    {
        var server = shared.Server;
        var path = Add(server, "plain");
        await Refreshed(server);

        var problem = await server.SendAsync(HttpMethod.Put, $"{Root}/plain/card", JsonSerializer.Deserialize<JsonElement>(body), status);

        Assert.Equal(field, problem.GetProperty("field").GetString());
        Assert.False(File.Exists(Path.ChangeExtension(path, ".json")));
    }

    [Theory]
    [InlineData("[1]")]
    [InlineData("{ no json")]
    [InlineData("""{"a":1,"a":2}""")]
    public async Task Card_WhereAnotherFileHasItsName_IsNotWritten(string content)
    {
        var server = shared.Server;
        var card = Path.ChangeExtension(Add(server, "card-taken"), ".json");
        File.WriteAllText(card, content);
        await Refreshed(server);

        await server.SendAsync(HttpMethod.Put, $"{Root}/card-taken/card", new { notes = "x" }, HttpStatusCode.Conflict);

        Assert.Equal(content, File.ReadAllText(card));
        File.Delete(card);
    }

    [Fact]
    public async Task Preview_OfAnyFormat_IsKeptAsThePngThatWins()
    {
        var server = shared.Server;
        var path = Add(server, "seen");
        File.WriteAllBytes(Path.ChangeExtension(path, ".preview.png"), DatasetServer.Png(1));
        var jpeg = PictureFile.Encode(DatasetServer.Picture(2), new() { Format = PictureFormat.Jpeg });
        await Refreshed(server);

        await PutAsync("seen", jpeg, HttpStatusCode.NoContent);
        await PutAsync("seen", "no picture"u8.ToArray(), HttpStatusCode.UnprocessableEntity);
        using var sent = await server.Http.GetAsync(new Uri($"{Root}/seen/preview", UriKind.Relative));

        Assert.Equal(PictureFile.Read(jpeg).Pixels, PictureFile.Read(await sent.Content.ReadAsByteArrayAsync()).Pixels);
        Assert.Equal("image/png", sent.Content.Headers.ContentType?.MediaType);
        Assert.True(File.Exists(Path.ChangeExtension(path, ".png")));

        async Task PutAsync(string name, byte[] bytes, HttpStatusCode status)
        {
            using var content = new ByteArrayContent(bytes) { Headers = { ContentType = new MediaTypeHeaderValue("image/jpeg") } };
            using var answer = await server.Http.PutAsync(new Uri($"{Root}/{name}/preview", UriKind.Relative), content);
            Assert.Equal(status, answer.StatusCode);
        }
    }

    [Fact]
    public async Task Compare_OfTwo_TellsTheirDifferences()
    {
        var server = shared.Server;
        Add(server, "left", new() { ["a"] = "1", ["b"] = "1", ["l"] = "1" });
        Safetensors.Write(Path.Combine(server.Data, "loras", "right.safetensors"), new() { [s_layers.GetAt(0).Key] = [2, 8], ["other"] = [1] }, new() { ["a"] = "1", ["b"] = "2" });
        await Refreshed(server);

        var compared = await server.GetAsync("/lorabridge/v1/adapter-comparison?left=left&right=right");

        var (metadata, tensors) = (compared.GetProperty("metadata"), compared.GetProperty("tensors"));
        Assert.Equal((1, "l", "b"), (metadata.GetProperty("same").GetInt32(), metadata.GetProperty("onlyLeft")[0].GetString(), metadata.GetProperty("different")[0].GetProperty("key").GetString()));
        Assert.Equal(("F32 [4, 8]", "F32 [2, 8]"), (tensors.GetProperty("different")[0].GetProperty("left").GetString(), tensors.GetProperty("different")[0].GetProperty("right").GetString()));
        Assert.Equal("other", Assert.Single(tensors.GetProperty("onlyRight").EnumerateArray()).GetString());
        Assert.Equal("right", (await server.GetAsync("/lorabridge/v1/adapter-comparison?left=left&right=../right", HttpStatusCode.NotFound)).GetProperty("field").GetString());
    }

    private static string Add(DatasetServer server, string name, OrderedDictionary<string, string>? metadata = null)
    {
        var path = Path.Combine(server.Data, "loras", name + ".safetensors");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        Safetensors.Write(path, s_layers, metadata);
        return path;
    }

    // asking for what is not there makes the catalogue look
    private static Task<JsonElement> Refreshed(DatasetServer server) => server.GetAsync($"{Root}/none-such", HttpStatusCode.NotFound);

    private static byte[] Data(string path)
    {
        using var file = SafetensorsFile.Open(path);
        return File.ReadAllBytes(path)[(int)file.DataStart..];
    }

    private static IEnumerable<string?> Names(JsonElement page) => page.GetProperty("adapters").EnumerateArray().Select(adapter => adapter.GetProperty("name").GetString());
}
