using System.Net;
using System.Text;
using System.Text.Json;
using LoraBridge.Server.PageState;

namespace LoraBridge.Server.Tests.PageState;

public sealed class PageStateApiTests(SharedServer shared) : IClassFixture<SharedServer>
{
    [Theory]
    [InlineData("{\"a\":[1,2.50,null,\"猫 <&>\"]}")]
    [InlineData("null")]
    [InlineData("\"text\"")]
    [InlineData("[]")]
    public async Task AValue_IsReadAsItWasPut(string json)
    {
        await using var server = await RunningServer.StartAsync();

        var put = await Put(server, "draft.train-1", json, HttpStatusCode.OK);

        Assert.Equal(("draft.train-1", 1), (put.Text("key"), put.GetProperty("version").GetInt64()));
        Assert.True(JsonElement.DeepEquals(JsonSerializer.Deserialize<JsonElement>(json), await server.Http.ReadAsync("/page-state/draft.train-1")));
        Assert.Equal("draft.train-1", (await server.Http.ReadAsync("/page-state")).GetProperty("entries")[0].Text("key"));
        await server.Http.AskAsync(HttpMethod.Delete, "/page-state/draft.train-1", status: HttpStatusCode.NoContent);
        await server.Http.ReadAsync("/page-state/draft.train-1", HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Put_WithoutAVersion_OverwritesAndWithAnOldOneIsRefused()
    {
        await using var server = await RunningServer.StartAsync();
        await server.Http.AskAsync(HttpMethod.Put, "/page-state/a", 1);
        await server.Http.AskAsync(HttpMethod.Put, "/page-state/a", 2);

        await server.Http.AskAsync(HttpMethod.Put, "/page-state/a", 3, HttpStatusCode.PreconditionFailed, "\"1\"");
        await server.Http.AskAsync(HttpMethod.Put, "/page-state/b", 3, HttpStatusCode.NotFound, "\"1\"");
        Assert.Equal(3, (await server.Http.AskAsync(HttpMethod.Put, "/page-state/a", 4, ifMatch: "\"2\"")).GetProperty("version").GetInt64());
    }

    [Theory]
    [InlineData("{", 400)]
    [InlineData("", 400)]
    [InlineData("\"\\ud800\"", 400)]
    [InlineData("deep", 400)]
    public async Task Put_WhatIsNoJson_IsRefused(string body, int status)
    {
        var server = shared.Server;

        await Put(server, "a", body == "deep" ? new string('[', 61) + new string(']', 61) : body, (HttpStatusCode)status);

        Assert.False(Directory.Exists(Path.Combine(server.Data, "page-state")));
    }

    [Fact]
    public async Task Put_MoreThanItTakes_IsRefused()
    {
        await using var server = await RunningServer.StartAsync();

        await Put(server, "a", $"\"{new string('x', PageStateApi.MostBytes - 2)}\"", HttpStatusCode.OK);
        await Put(server, "b", $"\"{new string('x', PageStateApi.MostBytes - 1)}\"", HttpStatusCode.RequestEntityTooLarge);
    }

    [Theory]
    [InlineData("..")]
    [InlineData(".hidden")]
    [InlineData("a%2Fb")]
    [InlineData("..%2F..%2Foptions")]
    [InlineData("a%00")]
    [InlineData("NUL")]
    [InlineData("%E7%8C%AB")]
    public async Task Keys_ThatAreNone_WriteNothing(string key)
    {
        var server = shared.Server;
        using var content = new StringContent("1", Encoding.UTF8, "application/json");

        using var answer = await server.Http.PutAsync(new Uri($"{server.Address}lorabridge/v1/page-state/{key}"), content);

        Assert.InRange((int)answer.StatusCode, 400, 422);
        Assert.False(Directory.Exists(Path.Combine(server.Data, "page-state")));
    }

    private static async Task<JsonElement> Put(RunningServer server, string key, string json, HttpStatusCode status)
    {
        using var content = new StringContent(json, Encoding.UTF8, "application/json");
        using var answer = await server.Http.PutAsync(new Uri($"/lorabridge/v1/page-state/{key}", UriKind.Relative), content);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == status, $"{(int)answer.StatusCode} {text}");
        return JsonSerializer.Deserialize<JsonElement>(text);
    }
}
