using System.Net;
using System.Text.Json;
using LoraBridge.Files;

namespace LoraBridge.Server.Tests.Datasets;

public sealed class CaptionsApiTests(SharedDatasets shared) : IClassFixture<SharedDatasets>
{
    private const string Root = DatasetServer.Root;

    [Fact]
    public async Task Caption_Written_IsReadAndCounted()
    {
        var server = shared.Server;
        var id = await server.CreateAsync("Cat", ("a.png", null));

        var none = await server.GetAsync($"{Root}/{id}/captions/a.png");
        var written = await server.SendAsync(HttpMethod.Put, $"{Root}/{id}/captions/a.png", new { caption = " a cat,\r\nred " });

        Assert.False(none.TryGetProperty("caption", out _));
        Assert.Equal("a cat,\nred", written.GetProperty("caption").GetString());
        Assert.Equal(["a cat", "red"], written.GetProperty("tags").EnumerateArray().Select(tag => tag.GetString()));
        Assert.Equal("a cat,\nred", File.ReadAllText(Path.Combine(server.Pictures(id), "a.txt")));
    }

    [Theory]
    [InlineData("", 0, 1)]
    [InlineData("a cat", 2, 1)]
    [InlineData("word", 75, 1)]
    [InlineData("word", 76, 2)]
    public async Task Caption_WithTheVocabulary_IsMeasured(string text, int tokens, int chunks)
    {
        var server = shared.Server;
        var id = await server.CreateAsync("Cat", ("a.png", null));
        var caption = text == "word" ? string.Join(' ', Enumerable.Repeat(text, tokens)) : text;

        var written = await server.SendAsync(HttpMethod.Put, $"{Root}/{id}/captions/a.png", new { caption });

        Assert.Equal((tokens, chunks), (written.GetProperty("tokens").GetInt32(), written.GetProperty("chunks").GetInt32()));
    }

    [Theory]
    [InlineData("add", "new, cat", null, "back", "tag", "a cat, cat, red, new")]
    [InlineData("add", "new, CAT", null, "front", "tag", "new, a cat, cat, red")]
    [InlineData("remove", "cat, RED", null, "back", "tag", "a cat")]
    [InlineData("remove", "cat", null, "back", "text", "a , , red")]
    [InlineData("replace", "cat", "dog", "back", "tag", "a cat, dog, red")]
    [InlineData("replace", "cat", "red", "back", "tag", "a cat, red")]
    [InlineData("replace", "cat", "", "back", "tag", "a cat, red")]
    [InlineData("replace", "cat", "dog", "back", "text", "a dog, dog, red")]
    public async Task Edit_OfTags_ChangesWhatItSays(string action, string text, string? replacement, string position, string match, string expected)
    {
        var server = shared.Server;
        var id = await server.CreateAsync("Cat", ("a.png", "a cat, cat, red"), ("b.png", "other"));

        var report = await server.PostAsync($"{Root}/{id}/caption-edits", new { action, text, replacement, position, match, pictures = new[] { "a.png" } });

        Assert.Equal(1, report.GetProperty("changed").GetInt32());
        Assert.Equal(new Dictionary<string, string?> { ["a.png"] = expected, ["b.png"] = "other" }, await server.CaptionsAsync(id));
    }

    [Fact]
    public async Task Edit_UndoneAndRedone_SurvivesARestart()
    {
        var first = await DatasetServer.StartAsync();
        var id = await first.CreateAsync("Cat", ("a.png", "cat"), ("b.png", null), ("c.png", "ohwx, cat"));
        await first.PostAsync($"{Root}/{id}/caption-edits", new { action = "add", text = "ohwx", position = "front" });
        await first.PostAsync($"{Root}/{id}/caption-edits", new { action = "remove", text = "cat" });

        await using var server = await first.RestartAsync();
        var once = await server.PostAsync($"{Root}/{id}/caption-edits/undo");
        var twice = await server.PostAsync($"{Root}/{id}/caption-edits/undo");
        var original = await server.CaptionsAsync(id);
        await server.PostAsync($"{Root}/{id}/caption-edits/undo", status: HttpStatusCode.Conflict);
        var again = await server.PostAsync($"{Root}/{id}/caption-edits/redo");

        Assert.Equal((2, true, true), (once.GetProperty("changed").GetInt32(), once.GetProperty("canUndo").GetBoolean(), once.GetProperty("canRedo").GetBoolean()));
        Assert.False(twice.GetProperty("canUndo").GetBoolean());
        Assert.Equal(new Dictionary<string, string?> { ["a.png"] = "cat", ["b.png"] = null, ["c.png"] = "ohwx, cat" }, original);
        Assert.Equal("Add 'ohwx' at the front", again.GetProperty("description").GetString());
        Assert.Equal(new Dictionary<string, string?> { ["a.png"] = "ohwx, cat", ["b.png"] = "ohwx", ["c.png"] = "ohwx, cat" }, await server.CaptionsAsync(id));
    }

    [Fact]
    public async Task Edit_AfterAnUndo_ForgetsWhatWasUndone()
    {
        var server = shared.Server;
        var id = await server.CreateAsync("Cat", ("a.png", "cat"));
        await server.PostAsync($"{Root}/{id}/caption-edits", new { action = "add", text = "one" });
        await server.PostAsync($"{Root}/{id}/caption-edits/undo");

        await server.PostAsync($"{Root}/{id}/caption-edits", new { action = "add", text = "two" });
        var history = await server.GetAsync($"{Root}/{id}/caption-edits");

        Assert.Equal(["Add 'two' at the back"], history.GetProperty("undo").EnumerateArray().Select(line => line.GetProperty("description").GetString()));
        Assert.Empty(history.GetProperty("redo").EnumerateArray());
        await server.PostAsync($"{Root}/{id}/caption-edits/redo", status: HttpStatusCode.Conflict);
    }

    [Fact]
    public async Task Undo_OfACaptionThatSomebodyChanged_LeavesItAlone()
    {
        var server = shared.Server;
        var id = await server.CreateAsync("Cat", ("a.png", "cat"), ("b.png", "cat"));
        await server.PostAsync($"{Root}/{id}/caption-edits", new { action = "add", text = "one" });
        File.WriteAllText(Path.Combine(server.Pictures(id), "a.txt"), "by hand");

        var report = await server.PostAsync($"{Root}/{id}/caption-edits/undo");

        Assert.Equal((1, "a.png"), (report.GetProperty("changed").GetInt32(), report.GetProperty("skipped")[0].GetString()));
        Assert.Equal(new Dictionary<string, string?> { ["a.png"] = "by hand", ["b.png"] = "cat" }, await server.CaptionsAsync(id));
    }

    [Fact]
    public async Task Edit_OfAProcessThatWasKilled_IsFinishedByTheNext()
    {
        var server = shared.Server;
        var id = await server.CreateAsync("Cat", ("a.png", "cat"), ("b.png", "cat"));
        await server.PostAsync($"{Root}/{id}/caption-edits", new { action = "add", text = "one" });
        // as if it had ended after the first of both captions
        AtomicFile.Write(Path.Combine(server.Pictures(id), "b.txt"), "cat"u8);
        AtomicFile.Write(Path.Combine(server.Data, "datasets", id, "history", "state.json"), """{"applied":0,"target":1}"""u8);

        var history = await server.GetAsync($"{Root}/{id}/caption-edits");

        Assert.Single(history.GetProperty("undo").EnumerateArray());
        Assert.Equal(new Dictionary<string, string?> { ["a.png"] = "cat, one", ["b.png"] = "cat, one" }, await server.CaptionsAsync(id));
    }

    [Theory]
    [InlineData("""{"action":"explode","text":"x"}""", "action")]
    [InlineData("""{"action":"add","text":" , "}""", "text")]
    [InlineData("""{"action":"add","text":"x","position":"middle"}""", "position")]
    [InlineData("""{"action":"remove","text":"x","match":"soul"}""", "match")]
    [InlineData("""{"action":"replace","text":"x"}""", "replacement")]
    [InlineData("""{"action":"replace","text":"x, y","replacement":"z"}""", "text")]
    [InlineData("""{"action":"add","text":"a\u0000b"}""", "text")]
    [InlineData("""{"action":"add","text":"x","pictures":["../a.png"]}""", "pictures")]
    public async Task Edit_WithBadInput_NamesTheField(string body, string field)
    {
        var server = shared.Server;
        var id = await server.CreateAsync("Cat", ("a.png", "cat"));

        var problem = await server.PostAsync($"{Root}/{id}/caption-edits", JsonSerializer.Deserialize<JsonElement>(body), HttpStatusCode.UnprocessableEntity);

        Assert.Equal(field, problem.GetProperty("field").GetString());
        Assert.Equal("cat", (await server.CaptionsAsync(id))["a.png"]);
    }

    [Fact]
    public async Task Edit_ThatRemovesFromNoCaption_WritesNone()
    {
        var server = shared.Server;
        var id = await server.CreateAsync("Cat", ("a.png", null));

        var report = await server.PostAsync($"{Root}/{id}/caption-edits", new { action = "remove", text = "cat", pictures = new[] { "a.png" } });

        Assert.Equal((0, false), (report.GetProperty("changed").GetInt32(), report.GetProperty("canUndo").GetBoolean()));
        Assert.Empty(Directory.EnumerateFiles(server.Pictures(id), "*.txt"));
    }

    [Fact]
    public async Task Tags_OfAllCaptions_AreCounted()
    {
        var server = shared.Server;
        var id = await server.CreateAsync("Cat", ("a.png", "red, Cat, cat"), ("b.png", "cat"), ("c.png", null));

        var tags = await server.GetAsync($"{Root}/{id}/tags");

        Assert.Equal(["Cat 2", "red 1"], tags.EnumerateArray().Select(tag => $"{tag.GetProperty("tag").GetString()} {tag.GetProperty("count").GetInt32()}"));
    }

    [Fact]
    public async Task Edit_WhereATableHasTheCaptions_IsRefused()
    {
        await using var server = await DatasetServer.StartAsync();
        File.WriteAllBytes(Path.Combine(server.Allowed, "a.png"), DatasetServer.Png(1));
        File.WriteAllText(Path.Combine(server.Allowed, "metadata.csv"), "file_name,text\na.png,cat\n");
        await server.PostAsync(Root, new { name = "Cat", folder = server.Allowed }, HttpStatusCode.Created);

        var problem = await server.SendAsync(HttpMethod.Put, $"{Root}/cat/captions/a.png", new { caption = "dog" }, HttpStatusCode.Conflict);

        Assert.Contains("metadata.csv", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(server.Allowed, "a.txt")));
    }
}
