using System.Net;

namespace LoraBridge.Server.Tests.Datasets;

public sealed class VersionsApiTests(SharedDatasets shared) : IClassFixture<SharedDatasets>
{
    private const string Root = DatasetServer.Root;

    [Fact]
    public async Task Restore_AfterPicturesAndCaptionsChanged_MakesThemWhatTheyWere()
    {
        var server = shared.Server;
        var id = await server.CreateAsync("Cat", ("a.png", "cat"), ("b.png", null), ("c.png", "sea"));
        var version = await server.PostAsync($"{Root}/{id}/versions", new { note = "first" }, HttpStatusCode.Created);
        await server.SendAsync(HttpMethod.Delete, $"{Root}/{id}/pictures/a.png", null, HttpStatusCode.NoContent);
        await server.PostAsync($"{Root}/{id}/caption-edits", new { action = "add", text = "more" });
        await server.PostAsync($"{Root}/{id}/doctor/cure", new { apply = "convert", picture = "c.png" });
        await server.UploadAsync(id, [("d.png", DatasetServer.Png(99)), ("d.txt", "new"u8.ToArray())]);

        var report = await server.PostAsync($"{Root}/{id}/versions/1/restore");

        Assert.Equal((1, 3), (version.GetProperty("number").GetInt32(), version.GetProperty("pictures").GetInt32()));
        Assert.Equal(new Dictionary<string, string?> { ["a.png"] = "cat", ["b.png"] = null, ["c.png"] = "sea" }, await server.CaptionsAsync(id));
        Assert.Equal(DatasetServer.Png(40), File.ReadAllBytes(Path.Combine(server.Pictures(id), "a.png")));
        Assert.Equal(DatasetServer.Png(42), File.ReadAllBytes(Path.Combine(server.Pictures(id), "c.png")));
        Assert.Empty(report.GetProperty("lost").EnumerateArray());

        await server.PostAsync($"{Root}/{id}/versions/{report.GetProperty("before").GetInt32()}/restore");
        Assert.Equal(new Dictionary<string, string?> { ["b.png"] = "more", ["c.png"] = "sea, more", ["d.png"] = "new" }, await server.CaptionsAsync(id));
    }

    [Fact]
    public async Task Versions_Listed_BeginWithTheNewest()
    {
        var server = shared.Server;
        var id = await server.CreateAsync("Cat", ("a.png", "cat"));
        foreach (var note in new[] { "first", "second" }) await server.PostAsync($"{Root}/{id}/versions", new { note }, HttpStatusCode.Created);

        var list = await server.GetAsync($"{Root}/{id}/versions");
        var first = await server.GetAsync($"{Root}/{id}/versions/1");

        Assert.Equal(["second", "first"], list.EnumerateArray().Select(version => version.GetProperty("note").GetString()));
        Assert.Equal("cat", first.GetProperty("pictures")[0].GetProperty("caption").GetString());
        Assert.Equal(64, first.GetProperty("pictures")[0].GetProperty("hash").GetString()!.Length);
        Assert.Equal("number", (await server.GetAsync($"{Root}/{id}/versions/9", HttpStatusCode.NotFound)).GetProperty("field").GetString());
        Assert.Equal("number", (await server.PostAsync($"{Root}/{id}/versions/9/restore", status: HttpStatusCode.NotFound)).GetProperty("field").GetString());
        Assert.Equal("note", (await server.PostAsync($"{Root}/{id}/versions", new { note = new string('x', 1001) }, HttpStatusCode.UnprocessableEntity)).GetProperty("field").GetString());
    }

    [Fact]
    public async Task Restore_OfAPictureThatIsNowhere_SaysSo()
    {
        var server = shared.Server;
        var id = await server.CreateAsync("Cat", ("a.png", "cat"), ("b.png", "dog"));
        await server.PostAsync($"{Root}/{id}/versions", new { }, HttpStatusCode.Created);
        File.Delete(Path.Combine(server.Pictures(id), "a.png"));
        File.WriteAllBytes(Path.Combine(server.Pictures(id), "b.png"), DatasetServer.Png(77));

        var report = await server.PostAsync($"{Root}/{id}/versions/1/restore");

        Assert.Equal(["a.png", "b.png"], report.GetProperty("lost").EnumerateArray().Select(name => name.GetString()));
        Assert.Equal(["b.png"], (await server.CaptionsAsync(id)).Keys);
        Assert.Equal(DatasetServer.Png(77), File.ReadAllBytes(Path.Combine(server.Pictures(id), "b.png")));
    }
}
