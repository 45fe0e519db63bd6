using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using LoraBridge.Imaging;
using LoraBridge.Server.Tests.Launcher;

namespace LoraBridge.Server.Tests.OpenApi;

/// <summary>
/// The whole way of a LoRA over HTTP, on the model that comes with the program, with no setting that a user would not have to name: pictures, training, prompt,
/// blend, a file of its own, and a picture made again from what it says of itself.
/// </summary>
public sealed class MainJobTests(ServedModel served) : IClassFixture<ServedModel>, IAsyncLifetime
{
    private const string Api = "/lorabridge/v1";
    private const int Pictures = 12;
    private static readonly string s_style = Path.Combine(LauncherScript.Root, "samples", "styles", "outline");
    private HttpClient _http = null!;

    public async Task InitializeAsync() => (_http, _) = DescribedHttp.Connect(served.Address, await Description.AllAsync());

    public Task DisposeAsync()
    {
        _http.Dispose();
        return Task.CompletedTask;
    }

    [Fact]
    public async Task FromPictures_ToAnAdapter_ToABlend_ToAFile()
    {
        var dataset = await PostAsync($"{Api}/datasets", new { name = "Outlines" });
        await UploadAsync($"{Api}/datasets/{dataset["id"]}/pictures");

        var examined = await PostAsync($"{Api}/datasets/{dataset["id"]}/doctor", new { });
        Assert.DoesNotContain(examined["findings"]!.AsArray(), finding => finding!["kind"]!.ToString() == "small");       // 128 pixels are what this model is trained at

        var trained = await JobAsync("train", new { settings = Settings(dataset["folder"]!.GetValue<string>()) }, "outline");
        Assert.True(trained["result"]!["isComplete"]!.GetValue<bool>());
        Assert.Contains("event: step", await EventsAsync(trained["id"]!.ToString()), StringComparison.Ordinal);
        var kept = await PostAsync($"{Api}/jobs/{trained["id"]}/keep", new { file = "outline.safetensors" });

        var (without, half, whole) = (await DrawAsync("red apple"), await DrawAsync("red apple <lora:outline:0.5>"), await DrawAsync("red apple <lora:outline:1>"));
        Assert.True(Distance(without, whole) > 1, $"{Distance(without, whole)}");

        await LookAsync(whole, without);
        var grid = await JobAsync("grid", new { request = new { picture = new { prompt = "red apple", width = 128, height = 128, steps = 4, seed = 1, sampler = "Euler" }, blends = new[] { Blend(0), Blend(1) } } });
        Assert.True(Distance(await FileAsync(grid, "000.png"), await FileAsync(grid, "001.png")) > 1);
        Assert.True(PictureFile.Read(await BytesAsync(grid, "sheet.png")).Width > 256);

        var baked = await JobAsync("bake", new { inputs = new[] { new { path = kept["path"]!.ToString(), uNetWeight = 0.5 } }, basePath = EmbeddedModel.Path, output = "softer.safetensors" });
        await PostAsync($"{Api}/jobs/{baked["id"]}/keep", new { file = "softer.safetensors" });
        var softer = await DrawAsync("red apple <lora:softer:1>");
        Assert.True(Distance(softer, half) < 0.2 * Distance(softer, without), $"{Distance(softer, half)} {Distance(softer, without)}");

        await MadeAgainAsync("red apple <lora:softer:1>");
        Assert.Equal(["outline", "softer"], (await _http.GetFromJsonAsync<JsonNode>(Of($"{Api}/adapters")))!["adapters"]!.AsArray().Select(adapter => adapter!["name"]!.ToString()));
    }

    /// <summary>A blend is looked at at once, and is what the prompt with its tags draws.</summary>
    private async Task LookAsync(Picture whole, Picture without)
    {
        var recipe = new { adapters = new[] { new { name = "outline", weight = 1 } }, prompt = "red apple", width = 128, height = 128, steps = 4, seed = 1, sampler = "Euler" };
        var looked = await PostAsync($"{Api}/blends/preview", new { blend = recipe, client = "test" });
        var drawn = PictureFile.Read(Convert.FromBase64String(looked["image"]!.ToString()));
        Assert.Contains("<lora:outline:1>", looked["infotext"]!.ToString(), StringComparison.Ordinal);
        Assert.True(Distance(drawn, whole) < 0.1 * Distance(whole, without), $"{Distance(drawn, whole)} {Distance(whole, without)}");

        var weaker = await PostAsync($"{Api}/blends/preview", new { blend = recipe with { adapters = [new { name = "outline", weight = 0 }] }, seed = looked["seed"]!.GetValue<long>() });
        Assert.True(Distance(PictureFile.Read(Convert.FromBase64String(weaker["image"]!.ToString())), without) < 0.1 * Distance(whole, without));
    }

    /// <summary>What a picture says of itself makes the same bytes.</summary>
    private async Task MadeAgainAsync(string prompt)
    {
        var first = (await PostAsync("/sdapi/v1/txt2img", Request(prompt)))["images"]![0]!.ToString();
        var infotext = (await PostAsync("/sdapi/v1/png-info", new { image = first }))["info"]!.ToString();

        var again = (await PostAsync("/sdapi/v1/txt2img", new { infotext }))["images"]![0]!.ToString();

        Assert.Contains("Lora hashes", infotext, StringComparison.Ordinal);
        Assert.Equal(first, again);
    }

    private static Dictionary<string, object> Settings(string folder) => new()
    {
        ["train_data_dir"] = folder,
        ["seed"] = 3,
        ["batch_size"] = 4,
        ["epochs"] = 5,
        ["schedule.warmup"] = 0,
        ["learning_rate"] = 2e-3,
    };

    private static object Request(string prompt) => new { prompt, width = 128, height = 128, steps = 4, seed = 1, sampler_name = "Euler" };

    private static object Blend(double weight) => new { loras = new[] { new { name = "outline", textWeight = weight, uNetWeight = weight } } };

    private async Task UploadAsync(string path)
    {
        using var form = new MultipartFormDataContent();
        foreach (var picture in Directory.GetFiles(s_style, "*.png").Order(StringComparer.Ordinal).Take(Pictures))
            foreach (var file in (string[])[picture, Path.ChangeExtension(picture, ".txt")])
                form.Add(new ByteArrayContent(await File.ReadAllBytesAsync(file)), "files", Path.GetFileName(file));
        using var answer = await _http.PostAsync(Of(path), form);
        var report = await answer.Content.ReadFromJsonAsync<JsonNode>();
        Assert.Equal((Pictures, Pictures, 0), (report!["taken"]!.GetValue<int>(), report["captions"]!.GetValue<int>(), report["refused"]!.GetValue<int>()));
    }

    private async Task<JsonNode> JobAsync(string kind, object request, string? name = null)
    {
        var id = (await PostAsync($"{Api}/jobs", new { kind, request, name = name ?? kind }))["jobs"]![0]!["id"]!.ToString();
        await EventsAsync(id);                                                  // the stream ends with the job
        var job = (await _http.GetFromJsonAsync<JsonNode>(Of($"{Api}/jobs/{id}")))!;
        Assert.True(job["state"]!.ToString() == "finished", job.ToJsonString());
        return job;
    }

    private async Task<string> EventsAsync(string id)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, Of($"{Api}/jobs/{id}/events")) { Headers = { { "Accept", "text/event-stream" } } };
        using var answer = await _http.SendAsync(request);
        return await answer.Content.ReadAsStringAsync();
    }

    private async Task<Picture> DrawAsync(string prompt) =>
        PictureFile.Read(Convert.FromBase64String((await PostAsync("/sdapi/v1/txt2img", Request(prompt)))["images"]![0]!.ToString()));

    private async Task<Picture> FileAsync(JsonNode job, string name) => PictureFile.Read(await BytesAsync(job, name));

    private Task<byte[]> BytesAsync(JsonNode job, string name) => _http.GetByteArrayAsync(Of($"{Api}/jobs/{job["id"]}/files/{name}"));

    private async Task<JsonNode> PostAsync(string path, object body)
    {
        using var content = new StringContent(JsonSerializer.Serialize(body), Encoding.UTF8, "application/json");
        using var answer = await _http.PostAsync(Of(path), content);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, $"{path}: {text}");
        return JsonNode.Parse(text)!;
    }

    private static Uri Of(string path) => new(path, UriKind.Relative);

    /// <summary>How far two pictures are apart: the mean difference of their values, 0 to 255.</summary>
    private static double Distance(Picture one, Picture other) => one.Pixels.Zip(other.Pixels, (left, right) => Math.Abs(left - right)).Average();
}
