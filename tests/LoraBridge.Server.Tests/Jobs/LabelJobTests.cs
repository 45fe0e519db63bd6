using System.Net;
using System.Text.Json;
using LoraBridge.Server.Datasets;
using LoraBridge.Server.Tests.Datasets;

namespace LoraBridge.Server.Tests.Jobs;

public sealed class LabelJobTests
{
    private const string Jobs = "/lorabridge/v1/jobs";

    [Fact]
    public async Task Label_WritesCaptions_ReportsThem_AndCanBeUndone()
    {
        await using var server = await DatasetServer.StartAsync();
        var id = await server.CreateAsync("My Cats", ("red_cat_001.png", null), ("blue cat (2).png", "old, words"), ("007.png", "  "));
        var job = await LabelAsync(server, new { dataset = id, trigger = "sks", existing = "prepend" });
        var result = job.GetProperty("result");
        Assert.Equal((3, 3, 0), (result.GetProperty("pictures").GetInt32(), result.GetProperty("changed").GetInt32(), result.GetProperty("unchanged").GetInt32()));
        var captions = await server.CaptionsAsync(id);
        Assert.Equal("sks, red cat", captions["red_cat_001.png"]);
        Assert.Equal("sks, blue cat, old, words", captions["blue cat (2).png"]);
        Assert.Equal("sks", captions["007.png"]);
        Assert.Contains(result.GetProperty("examples").EnumerateArray(), example => example.GetProperty("name").GetString() == "blue cat (2).png" && example.GetProperty("before").GetString() == "old, words");

        await server.PostAsync(result.GetProperty("undo").GetString()!);
        captions = await server.CaptionsAsync(id);
        Assert.Equal((null, "old, words"), (captions["red_cat_001.png"], captions["blue cat (2).png"]));
    }

    [Fact]
    public async Task Label_OfChosenPictures_LeavesOthersAndCaptionsAlone()
    {
        await using var server = await DatasetServer.StartAsync();
        var id = await server.CreateAsync("cats", ("a.png", null), ("b.png", "mine"), ("c.png", null));
        var result = (await LabelAsync(server, new { dataset = id, from = "template", template = "a photo of {trigger}, {folder}", trigger = "sks", pictures = new[] { "a.png", "b.png" } })).GetProperty("result");
        Assert.Equal((2, 1, 1), (result.GetProperty("pictures").GetInt32(), result.GetProperty("changed").GetInt32(), result.GetProperty("unchanged").GetInt32()));
        var captions = await server.CaptionsAsync(id);
        Assert.Equal(("a photo of sks, cats", "mine", null), (captions["a.png"], captions["b.png"], captions["c.png"]));
    }

    [Fact]
    public async Task Label_WhatWasDoneBeforeAKill_IsNotDoneTwice()
    {
        await using var server = await DatasetServer.StartAsync();
        var id = await server.CreateAsync("cats", ("a.png", "x"));
        var job = await LabelAsync(server, new { dataset = id, from = "template", template = "x", existing = "append", duplicates = false });
        var name = job.GetProperty("id").GetString();
        var history = await server.GetAsync($"{DatasetServer.Root}/{id}/caption-edits");
        Assert.Equal($"Label captions ({name})", history.GetProperty("undo")[0].GetProperty("description").GetString());
        // the same job begins once more, as after a kill between the work and its end
        var (report, changes) = server.Service<Captions>().Label(server.Service<DatasetStore>().Find(id), $"Label captions ({name})", new() { Dataset = id, From = "template", Template = "x", Existing = "append", Duplicates = false }, _ => { });
        Assert.Equal((1, "x, x"), (report.Changed, Assert.Single(changes).After));
        Assert.Equal("x, x", (await server.CaptionsAsync(id))["a.png"]);
    }

    [Theory]
    [InlineData("""{"dataset":"nobody"}""", "dataset")]
    [InlineData("""{"dataset":"cats","from":"dreams"}""", "from")]
    [InlineData("""{"dataset":"cats","existing":"burn"}""", "existing")]
    [InlineData("""{"dataset":"cats","from":"template"}""", "template")]
    [InlineData("""{"dataset":"cats","from":"template","template":"{trigger}"}""", "trigger")]
    [InlineData("""{"dataset":"cats","blacklist":["a\u0000"]}""", "blacklist")]
    [InlineData("""{"dataset":"cats","colour":"red"}""", "colour")]
    [InlineData("""{"dataset":"cats","pictures":7}""", "pictures")]
    [InlineData("{}", "request")]
    public async Task AWrongRequest_NamesTheField(string request, string field)
    {
        await using var server = await DatasetServer.StartAsync();
        await server.CreateAsync("cats");
        var problem = await server.PostAsync(Jobs, new { kind = "label", request = JsonSerializer.Deserialize<JsonElement>(request) }, HttpStatusCode.UnprocessableEntity);
        Assert.True(problem.GetProperty("errors").TryGetProperty(field, out _), problem.ToString());
    }

    [Fact]
    public async Task Label_OfAPictureThatIsGone_FailsAndSaysSo()
    {
        await using var server = await DatasetServer.StartAsync();
        var id = await server.CreateAsync("cats", ("a.png", null));
        var job = await LabelAsync(server, new { dataset = id, pictures = new[] { "b.png" } }, "failed");
        Assert.Contains("b.png", job.GetProperty("error").GetProperty("message").GetString()!, StringComparison.Ordinal);
    }

    private static async Task<JsonElement> LabelAsync(DatasetServer server, object request, string end = "finished")
    {
        var id = (await server.PostAsync(Jobs, new { kind = "label", request }, HttpStatusCode.Created)).GetProperty("jobs")[0].GetProperty("id").GetString();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (true)
        {
            var job = await server.GetAsync($"{Jobs}/{id}");
            if (job.GetProperty("state").GetString() is "finished" or "failed")
            {
                Assert.True(job.GetProperty("state").GetString() == end, job.ToString());
                return job;
            }
            await Task.Delay(10, limit.Token);
        }
    }
}
