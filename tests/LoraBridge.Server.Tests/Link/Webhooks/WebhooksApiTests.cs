using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace LoraBridge.Server.Tests.Link.Webhooks;

public sealed class WebhooksApiTests
{
    private const string Root = "/lorabridge/v1/webhooks";

    [Fact]
    public async Task AWebhook_IsMadeChangedTestedAndRemoved()
    {
        await using var peer = await FakePeer.StartAsync();
        await using var server = await RunningServer.StartAsync();
        var made = await SendAsync(server, HttpMethod.Post, "", new { url = peer.Url, secret = "s3cret" }, HttpStatusCode.Created);
        var id = made["id"]!.GetValue<string>();
        Assert.Equal(("127.0.0.1", true, true, "closed"), (made["name"]!.GetValue<string>(), made["hasSecret"]!.GetValue<bool>(), made["enabled"]!.GetValue<bool>(), made["circuit"]!["state"]!.GetValue<string>()));
        Assert.Contains("job.finished", made["events"]!.AsArray().Select(name => name!.GetValue<string>()));

        var test = await SendAsync(server, HttpMethod.Post, $"/{id}/test");
        Assert.Equal(("delivered", 200), (test["state"]!.GetValue<string>(), test["status"]!.GetValue<int>()));
        Assert.StartsWith("sha256=", peer.All[0].Headers["X-LoraBridge-Signature"], StringComparison.Ordinal);

        var changed = await SendAsync(server, HttpMethod.Patch, $"/{id}", new { name = "other", events = new[] { "job.failed" }, secret = "", enabled = false });
        Assert.Equal(("other", false, false), (changed["name"]!.GetValue<string>(), changed["hasSecret"]!.GetValue<bool>(), changed["enabled"]!.GetValue<bool>()));
        Assert.Equal(["job.failed"], changed["events"]!.AsArray().Select(name => name!.GetValue<string>()));
        Assert.Single((await SendAsync(server, HttpMethod.Get, $"/{id}/deliveries"))["deliveries"]!.AsArray());
        Assert.DoesNotContain("s3cret", (await SendAsync(server, HttpMethod.Get, "")).ToJsonString() + (await SendAsync(server, HttpMethod.Get, $"/{id}/deliveries")).ToJsonString(), StringComparison.Ordinal);
        await SendAsync(server, HttpMethod.Delete, $"/{id}", status: HttpStatusCode.NoContent);
        await SendAsync(server, HttpMethod.Get, $"/{id}", status: HttpStatusCode.NotFound);
    }

    [Theory]
    [InlineData("""{"url":"ftp://example.org/"}""", 422, "url")]
    [InlineData("""{"url":"nowhere"}""", 422, "url")]
    [InlineData("""{"url":"http://ann:hunter2@example.org/"}""", 422, "url")]
    [InlineData("""{"url":"http://example.org/","events":[]}""", 422, "events")]
    [InlineData("""{"url":"http://example.org/","events":["job.flew"]}""", 422, "events")]
    [InlineData("""{"url":"http://example.org/","name":"a\u0000b"}""", 422, "name")]
    [InlineData("""{"url":"http://example.org/","colour":"red"}""", 400, null)]
    public async Task AWrongWebhook_IsAProblemThatNamesTheField(string body, int status, string? field)
    {
        await using var server = await RunningServer.StartAsync();
        var problem = await SendAsync(server, HttpMethod.Post, "", JsonNode.Parse(body)!, (HttpStatusCode)status);
        if (field is not null) Assert.Equal(field, problem["field"]!.GetValue<string>());
        Assert.DoesNotContain("hunter2", problem.ToJsonString(), StringComparison.Ordinal);
        Assert.Empty((await SendAsync(server, HttpMethod.Get, ""))["webhooks"]!.AsArray());
    }

    [Fact]
    public async Task AFailedDelivery_CanBeMadeAgain()
    {
        await using var peer = await FakePeer.StartAsync();
        await using var server = await RunningServer.StartAsync();
        var id = (await SendAsync(server, HttpMethod.Post, "", new { url = peer.Url, events = new[] { "job.cancelled" } }, HttpStatusCode.Created))["id"]!.GetValue<string>();
        using var added = await server.Http.PostAsJsonAsync(new Uri("/lorabridge/v1/jobs", UriKind.Relative), new { kind = "generate", paused = true, request = new { request = new { prompt = "a cat" } } });
        var job = (await added.Content.ReadFromJsonAsync<JsonNode>())!["jobs"]![0]!["id"]!.GetValue<string>();
        using var cancelled = await server.Http.PostAsync(new Uri($"/lorabridge/v1/jobs/{job}/cancel", UriKind.Relative), null);
        while (peer.All.Count < 1) await Task.Delay(10);
        var delivery = (await SendAsync(server, HttpMethod.Get, $"/{id}/deliveries"))["deliveries"]![0]!["id"]!.GetValue<string>();
        await SendAsync(server, HttpMethod.Post, $"/{id}/deliveries/{delivery}/retry");
        while (peer.All.Count < 2) await Task.Delay(10);
        Assert.Equal(peer.All[0].Headers["X-LoraBridge-Delivery"], peer.All[1].Headers["X-LoraBridge-Delivery"]);
        await SendAsync(server, HttpMethod.Post, $"/{id}/deliveries/nobody/retry", status: HttpStatusCode.NotFound);
        await SendAsync(server, HttpMethod.Get, $"/{id}/deliveries?limit=0", status: HttpStatusCode.UnprocessableEntity);
    }

    private static async Task<JsonNode> SendAsync(RunningServer server, HttpMethod method, string path, object? body = null, HttpStatusCode status = HttpStatusCode.OK)
    {
        using var request = new HttpRequestMessage(method, new Uri(Root + path, UriKind.Relative)) { Content = body is null ? null : JsonContent.Create(body) };
        using var answer = await server.Http.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == status, $"{method} {path}: {(int)answer.StatusCode} {text}");
        return text.Length == 0 ? new JsonObject() : JsonNode.Parse(text)!;
    }
}
