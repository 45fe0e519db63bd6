using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using LoraBridge.Server.Tests.Engine;

namespace LoraBridge.Server.Tests.Page;

public sealed class PageApiTests
{
    [Fact]
    public async Task Root_IsThePage_WithWhatMayRunInIt()
    {
        await using var server = await RunningServer.StartAsync();
        using var answer = await server.Http.GetAsync(new Uri("/", UriKind.Relative));

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("text/html", answer.Content.Headers.ContentType?.MediaType);
        Assert.Contains("default-src 'self'", answer.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        Assert.Contains("<lorabridge-app base=\"lorabridge/v1\">", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/app.mjs", "text/javascript")]
    [InlineData("/views/pictures.mjs", "text/javascript")]
    [InlineData("/style.css", "text/css")]
    [InlineData("/texts/en.json", "application/json")]
    [InlineData("/icon.svg", "image/svg+xml")]
    public async Task Files_HaveTheirTypes_AndAreNotSentTwice(string path, string type)
    {
        await using var server = await RunningServer.StartAsync();
        using var first = await server.Http.GetAsync(new Uri(path, UriKind.Relative));
        Assert.Equal((HttpStatusCode.OK, type), (first.StatusCode, first.Content.Headers.ContentType?.MediaType));
        Assert.True(first.Headers.CacheControl!.NoCache);
        Assert.Equal("nosniff", first.Headers.GetValues("X-Content-Type-Options").Single());

        using var again = new HttpRequestMessage(HttpMethod.Get, new Uri(path, UriKind.Relative));
        again.Headers.IfNoneMatch.Add(first.Headers.ETag!);
        using var second = await server.Http.SendAsync(again);
        Assert.Equal(HttpStatusCode.NotModified, second.StatusCode);
    }

    [Fact]
    public async Task Parts_AreKeptForGood_BelowTheirVersion()
    {
        await using var server = await RunningServer.StartAsync();
        var page = await server.Http.GetStringAsync(new Uri("/", UriKind.Relative));
        var version = System.Text.RegularExpressions.Regex.Match(page, "src=\"([0-9a-f]{16})/app.mjs\"").Groups[1].Value;
        Assert.DoesNotMatch("(src|href)=\"(?!" + version + "/)", page);

        using var part = await server.Http.GetAsync(new Uri($"/{version}/lib/dom.mjs", UriKind.Relative));
        Assert.Equal((HttpStatusCode.OK, "text/javascript"), (part.StatusCode, part.Content.Headers.ContentType?.MediaType));
        Assert.Equal("public, max-age=31536000, immutable", part.Headers.CacheControl!.ToString());
        using var other = await server.Http.GetAsync(new Uri("/0123456789abcdef/lib/dom.mjs", UriKind.Relative));
        Assert.Equal(HttpStatusCode.NotFound, other.StatusCode);
    }

    [Theory]
    [InlineData("/README.md")]
    [InlineData("/views/nothing.mjs")]
    [InlineData("/..%2fLoraBridge.Server.dll")]
    [InlineData("/views/..%2f..%2fLoraBridge.Server.dll")]
    [InlineData("/page/app.mjs")]
    public async Task OtherPaths_AreNotThere(string path)
    {
        await using var server = await RunningServer.StartAsync();
        using var answer = await server.Http.GetAsync(new Uri(path, UriKind.Relative));

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
    }

    [Fact]
    public async Task Choices_NameTheModelsThatAreThere()
    {
        await using var server = await RunningServer.StartAsync(engine: EngineFixture.Settings);
        var before = await server.Http.GetFromJsonAsync<JsonElement>(new Uri("/lorabridge/v1/choices", UriKind.Relative));
        var folder = before.GetProperty("checkpointFolder").GetString()!;
        Directory.CreateDirectory(folder);
        File.Copy(EngineFixture.Model, Path.Combine(folder, "another.safetensors"));
        var after = await server.Http.GetFromJsonAsync<JsonElement>(new Uri("/lorabridge/v1/choices?refresh=true", UriKind.Relative));

        Assert.DoesNotContain(before.GetProperty("checkpoints").EnumerateArray(), one => one.GetProperty("name").GetString() == "another");
        var found = after.GetProperty("checkpoints").EnumerateArray().Single(one => one.GetProperty("name").GetString() == "another");
        Assert.Equal(Path.Combine(folder, "another.safetensors"), found.GetProperty("path").GetString());
        Assert.Equal(512, found.GetProperty("defaultSize").GetProperty("width").GetInt32());
        Assert.Contains(after.GetProperty("samplers").EnumerateArray(), one => one.GetString() == "Euler a");
        Assert.Contains(after.GetProperty("schedulers").EnumerateArray(), one => one.GetString() == "Karras");
    }

    [Fact]
    public async Task Tokens_AreCounted_AsClipReadsThem()
    {
        await using var server = await RunningServer.StartAsync(engine: EngineFixture.Settings);
        using var answer = await server.Http.PostAsJsonAsync(new Uri("/lorabridge/v1/tokens", UriKind.Relative), new { text = "a photograph of a fox, in snow" });
        Assert.Equal(8, (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("tokens").GetInt32());

        using var refused = await server.Http.PostAsJsonAsync(new Uri("/lorabridge/v1/tokens", UriKind.Relative), new { text = new string('x', 100_001) });
        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.StatusCode);
        Assert.Equal("text", (await refused.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("field").GetString());
    }
}
