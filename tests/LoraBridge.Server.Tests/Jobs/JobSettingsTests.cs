using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using LoraBridge.Server.Tests.Engine;

namespace LoraBridge.Server.Tests.Jobs;

public sealed class JobSettingsTests
{
    private const string Root = "/lorabridge/v1/jobs";

    [Fact]
    public async Task Comparison_OfTrainings_SaysWhatTakesEffectDifferently()
    {
        var pictures = Directory.CreateTempSubdirectory("compared-").FullName;
        await using var server = await RunningServer.StartAsync(engine: EngineFixture.Settings, change: settings => settings with { Datasets = new() { AllowedFolders = [pictures] }, Sdapi = new() { Model = EngineFixture.Model } });
        try
        {
            EngineFixture.WritePictures(pictures);
            var first = await AddAsync(server, Train(pictures, "\"network.rank\":4"));
            // the same rank in other words, and a value that only this one names
            var second = await AddAsync(server, Train(pictures, "\"network_dim\":4,\"epochs\":7"));
            var found = (await server.Http.GetFromJsonAsync<JsonNode>(new Uri($"{Root}/comparison?first={first}&second={second}", UriKind.Relative)))!;
            var difference = Assert.Single(found["differences"]!.AsArray(), row => !row!["field"]!.GetValue<string>().StartsWith("saving.name", StringComparison.Ordinal))!;
            Assert.Equal(("loop.epochs", "7"), (difference["field"]!.GetValue<string>(), difference["second"]!.GetValue<string>()));
            Assert.True(difference["meaning"]!.GetValue<string>().Length > 10);
            Assert.True(found["same"]!.GetValue<int>() > 50);
            Assert.Equal(first, found["first"]!["id"]!.GetValue<string>());
        }
        finally
        {
            Directory.Delete(pictures, recursive: true);
        }
    }

    [Fact]
    public async Task Comparison_OfOtherKinds_ComparesTheRequests()
    {
        await using var server = await RunningServer.StartAsync();
        var first = await AddAsync(server, """{"kind":"generate","paused":true,"request":{"request":{"prompt":"a cat","steps":4}}}""");
        var second = await AddAsync(server, """{"kind":"generate","paused":true,"request":{"request":{"prompt":"a dog","steps":4,"seed":7}}}""");
        var found = (await server.Http.GetFromJsonAsync<JsonNode>(new Uri($"{Root}/comparison?first={first}&second={second}", UriKind.Relative)))!;
        Assert.Equal([("request.prompt", "a cat", "a dog"), ("request.seed", null, "7")],
            found["differences"]!.AsArray().Select(row => (row!["field"]!.GetValue<string>(), row["first"]?.GetValue<string>(), row["second"]?.GetValue<string>())));
        Assert.Equal(1, found["same"]!.GetValue<int>());
        using var missing = await server.Http.GetAsync(new Uri($"{Root}/comparison?first={first}&second=nobody", UriKind.Relative));
        Assert.Equal(HttpStatusCode.NotFound, missing.StatusCode);
    }

    [Fact]
    public async Task AnExportedFile_AsksForTheSameAgain()
    {
        await using var server = await RunningServer.StartAsync();
        var id = await AddAsync(server, """{"kind":"generate","name":"my cat!","paused":true,"goesOn":false,"request":{"request":{"prompt":"a cat"}}}""");
        using var file = await server.Http.GetAsync(new Uri($"{Root}/{id}/settings", UriKind.Relative));
        Assert.Equal("my_cat.job.json", file.Content.Headers.ContentDisposition!.FileName);
        var text = await file.Content.ReadAsStringAsync();
        using var content = new StringContent(text, Encoding.UTF8, "application/json");
        using var answer = await server.Http.PostAsync(new Uri($"{Root}/import?paused=true", UriKind.Relative), content);
        Assert.True(answer.StatusCode == HttpStatusCode.Created, await answer.Content.ReadAsStringAsync());
        var job = (await answer.Content.ReadFromJsonAsync<JsonNode>())!["jobs"]![0]!;
        Assert.NotEqual(id, job["id"]!.GetValue<string>());
        Assert.Equal(("generate", "my cat!", "paused", false, """{"request":{"prompt":"a cat"}}"""),
            (job["kind"]!.GetValue<string>(), job["name"]!.GetValue<string>(), job["state"]!.GetValue<string>(), job["goesOn"]!.GetValue<bool>(), job["request"]!.ToJsonString()));
    }

    [Theory]
    [InlineData("""{"loraBridgeJob":2,"kind":"convert","request":{}}""", 422, "newer")]
    [InlineData("""{"kind":"convert","request":{}}""", 422, "input")]
    [InlineData("""{"kind":"fly","request":{}}""", 422, "fly")]
    [InlineData("""{"request":{}}""", 400, "kind")]
    [InlineData("[]", 400, "")]
    public async Task AnImport_OfAnythingElse_SaysWhatIsWrong(string body, int status, string word)
    {
        await using var server = await RunningServer.StartAsync();
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var answer = await server.Http.PostAsync(new Uri($"{Root}/import", UriKind.Relative), content);
        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Contains(word, await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private static string Train(string pictures, string more) =>
        $$"""{"kind":"train","paused":true,"request":{"settings":{"train_data_dir":"{{pictures}}",{{more}} } } }""";

    private static async Task<string> AddAsync(RunningServer server, string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var answer = await server.Http.PostAsync(new Uri(Root, UriKind.Relative), content);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == HttpStatusCode.Created, text);
        return JsonNode.Parse(text)!["jobs"]![0]!["id"]!.GetValue<string>();
    }
}
