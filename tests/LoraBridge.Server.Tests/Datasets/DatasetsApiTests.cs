using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace LoraBridge.Server.Tests.Datasets;

public sealed class DatasetsApiTests(SharedDatasets shared) : IClassFixture<SharedDatasets>
{
    private const string Root = DatasetServer.Root;

    [Fact]
    public async Task Dataset_CreatedRenamedAndDeleted_IsListedMeanwhile()
    {
        await using var server = await DatasetServer.StartAsync();

        var id = await server.CreateAsync("My Çat, 2nd try!", ("a.png", "a cat"), ("b.png", null));
        var report = await server.GetAsync($"{Root}/{id}");
        await server.SendAsync(HttpMethod.Patch, $"{Root}/{id}", new { name = "Dog" });
        var list = await server.GetAsync(Root);
        await server.SendAsync(HttpMethod.Delete, $"{Root}/{id}", null, HttpStatusCode.NoContent);

        Assert.Equal("my-cat-2nd-try", id);
        Assert.Equal((2, 1, false), (report.GetProperty("pictures").GetInt32(), report.GetProperty("captioned").GetInt32(), report.GetProperty("isRegistered").GetBoolean()));
        Assert.Equal("Dog", Assert.Single(list.EnumerateArray()).GetProperty("name").GetString());
        await server.GetAsync($"{Root}/{id}", HttpStatusCode.NotFound);
        Assert.Empty(Directory.EnumerateFileSystemEntries(Path.Combine(server.Data, "datasets")));
    }

    [Fact]
    public async Task Dataset_OfATakenOrForbiddenId_GetsAnother()
    {
        await using var server = await DatasetServer.StartAsync();

        string[] ids = [await server.CreateAsync("Cat"), await server.CreateAsync("cat"), await server.CreateAsync("CON"), await server.CreateAsync("猫"), await server.CreateAsync("../..")];

        Assert.Equal(["cat", "cat-2", "con-2", "dataset", "dataset-2"], ids);
    }

    [Fact]
    public async Task Dataset_AfterARestart_IsThere()
    {
        var first = await DatasetServer.StartAsync();
        var id = await first.CreateAsync("Cat", ("a.png", "a cat"));
        Directory.CreateDirectory(Path.Combine(first.Data, "datasets", ".new-left"));

        await using var second = await first.RestartAsync();

        Assert.Equal("a cat", (await second.CaptionsAsync(id))["a.png"]);
        Assert.False((await second.GetAsync($"{Root}/{id}/captions/a.png")).TryGetProperty("tokens", out _));   // there is no vocabulary
        await second.CreateAsync("Dog");
        Assert.Equal(["cat", "dog"], Directory.EnumerateDirectories(Path.Combine(second.Data, "datasets")).Select(Path.GetFileName).Order());
    }

    [Fact]
    public async Task Dataset_WhoseRecordIsDamaged_SaysSoAndHidesNoOther()
    {
        var first = await DatasetServer.StartAsync();
        await first.CreateAsync("Cat");
        await first.CreateAsync("Dog");
        File.WriteAllText(Path.Combine(first.Data, "datasets", "cat", "dataset.json"), "{");

        await using var server = await first.RestartAsync();

        Assert.Equal("dog", Assert.Single((await server.GetAsync(Root)).EnumerateArray()).GetProperty("id").GetString());
        Assert.Equal("id", (await server.GetAsync($"{Root}/cat", HttpStatusCode.Conflict)).GetProperty("field").GetString());
    }

    [Fact]
    public async Task Dataset_ThatCannotBeWritten_NamesTheDisk()
    {
        await using var server = await DatasetServer.StartAsync();
        Directory.CreateDirectory(server.Data);
        File.WriteAllText(Path.Combine(server.Data, "datasets"), "in the way");

        var problem = await server.PostAsync(Root, new { name = "Cat" }, HttpStatusCode.InternalServerError);

        Assert.Equal("disk", problem.GetProperty("field").GetString());
    }

    [Theory]
    [InlineData("""{"name":""}""", HttpStatusCode.UnprocessableEntity, "name")]
    [InlineData("""{"name":"a\nb"}""", HttpStatusCode.UnprocessableEntity, "name")]
    [InlineData("""{"name":5}""", HttpStatusCode.BadRequest, "name")]
    [InlineData("""{}""", HttpStatusCode.BadRequest, "body")]
    [InlineData("""null""", HttpStatusCode.UnprocessableEntity, "body")]
    [InlineData("""[1""", HttpStatusCode.BadRequest, "body")]
    [InlineData("""{"name":"x","folder":"/etc"}""", HttpStatusCode.Forbidden, "folder")]
    [InlineData("""{"name":"x","folder":"relative"}""", HttpStatusCode.UnprocessableEntity, "folder")]
    [InlineData("""{"name":"x","folder":"/a\u0000b"}""", HttpStatusCode.UnprocessableEntity, "folder")]
    public async Task Create_WithBadInput_NamesTheField(string body, HttpStatusCode status, string field)
    {
        var server = shared.Server;
        using var content = new StringContent(body, Encoding.UTF8, "application/json");

        using var answer = await server.Http.PostAsync(new Uri(Root, UriKind.Relative), content);

        var problem = await answer.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal((status, field), (answer.StatusCode, problem.GetProperty("field").GetString()));
        Assert.NotEmpty(problem.GetProperty("cure").GetString()!);
        Assert.Empty((await server.GetAsync(Root)).EnumerateArray());
    }

    [Fact]
    public async Task Create_WithAnotherContentType_IsRefused()
    {
        var server = shared.Server;
        using var content = new StringContent("{\"name\":\"x\"}", Encoding.UTF8, "text/plain");

        using var answer = await server.Http.PostAsync(new Uri(Root, UriKind.Relative), content);

        Assert.Equal(HttpStatusCode.UnsupportedMediaType, answer.StatusCode);
    }

    [Theory]
    [InlineData("none")]
    [InlineData("..")]
    [InlineData("%2e%2e")]
    [InlineData("..%2F..")]
    [InlineData(".new-left")]
    [InlineData("A")]
    [InlineData("a%00")]
    public async Task AnyPath_OfAnIdThatIsNone_IsNotFound(string id)
    {
        var server = shared.Server;
        Directory.CreateDirectory(Path.Combine(server.Data, "datasets", ".new-left"));

        foreach (var path in new[] { "", "/pictures", "/captions/a.png", "/versions", "/tags" })
        {
            using var answer = await server.Http.GetAsync(new Uri($"{server.Address}lorabridge/v1/datasets/{id}{path}", new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }));
            Assert.True(answer.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.BadRequest or HttpStatusCode.MethodNotAllowed, $"{path}: {answer.StatusCode}");
        }
    }

    [Fact]
    public async Task RegisteredFolder_BelowTheAllowedOne_IsUsedAndStays()
    {
        await using var server = await DatasetServer.StartAsync();
        var folder = Directory.CreateDirectory(Path.Combine(server.Allowed, "10_cat")).FullName;
        File.WriteAllBytes(Path.Combine(folder, "a.png"), DatasetServer.Png(1));

        var created = await server.PostAsync(Root, new { name = "Cat", folder = server.Allowed }, HttpStatusCode.Created);
        var twice = await server.PostAsync(Root, new { name = "Cat", folder = server.Allowed }, HttpStatusCode.Conflict);
        var captions = await server.CaptionsAsync("cat");
        using var thumbnail = await server.Http.GetAsync(new Uri($"{Root}/cat/thumbnails/10_cat/a.png", UriKind.Relative));
        await server.SendAsync(HttpMethod.Delete, $"{Root}/cat", null, HttpStatusCode.NoContent);

        Assert.True(created.GetProperty("isRegistered").GetBoolean());
        Assert.Equal("folder", twice.GetProperty("field").GetString());
        Assert.Equal(["10_cat/a.png"], captions.Keys);
        Assert.Equal(HttpStatusCode.OK, thumbnail.StatusCode);
        Assert.True(File.Exists(Path.Combine(folder, "a.png")));
    }

    [Fact]
    public async Task RegisteredFolder_OutsideByDotsOrLinks_IsForbidden()
    {
        await using var server = await DatasetServer.StartAsync();
        var link = Path.Combine(server.Allowed, "link");
        Directory.CreateSymbolicLink(link, server.Data);
        Directory.CreateDirectory(server.Allowed + "-2");

        foreach (var folder in new[] { Path.Combine(server.Allowed, ".."), link, server.Allowed + "-2", Path.Combine(link, "datasets"), "/" })
        {
            var problem = await server.PostAsync(Root, new { name = "x", folder }, HttpStatusCode.Forbidden);
            Assert.Equal("folder", problem.GetProperty("field").GetString());
        }
    }
}
