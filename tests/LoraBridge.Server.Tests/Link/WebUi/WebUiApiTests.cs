using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using LoraBridge.Server.Jobs;
using LoraBridge.Server.Link.WebUi;
using Microsoft.Extensions.DependencyInjection;

namespace LoraBridge.Server.Tests.Link.WebUi;

public sealed class WebUiApiTests
{
    private const string Root = "/lorabridge/v1/webui";

    [Fact]
    public async Task WithoutALink_TheStatusSaysHowToMakeOne()
    {
        await using var server = await RunningServer.StartAsync();
        var status = await SendAsync(server, HttpMethod.Get, "");
        Assert.Equal((false, "notConfigured"), (status["isConfigured"]!.GetValue<bool>(), status["state"]!.GetValue<string>()));
        Assert.Contains("--webui-url", (await SendAsync(server, HttpMethod.Post, "/check", HttpStatusCode.Conflict))["cure"]!.GetValue<string>(), StringComparison.Ordinal);
        await SendAsync(server, HttpMethod.Post, "/refresh", HttpStatusCode.Conflict);
    }

    [Fact]
    public async Task Check_SaysWhatIsWrongWithACure_AndShowsNoPassword()
    {
        await using var webUi = await FakePeer.StartAsync();
        await using var server = await StartAsync(webUi);
        foreach (var (answer, state, word) in new (int, string, string)[] { (200, "reachable", "answers"), (401, "refused", "--webui-auth"), (404, "refused", "--api"), (500, "failing", "500"), (200, "reachable", "answers") })
        {
            webUi.Answer = _ => answer;
            var status = await SendAsync(server, HttpMethod.Post, "/check");
            Assert.Equal(state, status["state"]!.GetValue<string>());
            Assert.Contains(word, status["message"]!.GetValue<string>(), StringComparison.Ordinal);
            Assert.Equal(answer, status["calls"]![0]!["status"]!.GetValue<int>());
            Assert.DoesNotContain("hunter2", status.ToJsonString(), StringComparison.Ordinal);
        }
        Assert.Equal("Basic " + Convert.ToBase64String("ann:hunter2"u8), webUi.All[0].Headers["Authorization"]);
        await webUi.GoAsync();
        Assert.Equal("away", (await SendAsync(server, HttpMethod.Post, "/check"))["state"]!.GetValue<string>());
        Assert.Contains("Start that program", (await SendAsync(server, HttpMethod.Post, "/refresh", HttpStatusCode.BadGateway))["cure"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.Equal(7, (await SendAsync(server, HttpMethod.Get, ""))["calls"]!.AsArray().Count);
    }

    [Fact]
    public async Task AJobThatMadeAnAdapter_HasTheWebUiLookForIt_AlsoWhenItWasAway()
    {
        await using var webUi = await FakePeer.StartAsync();
        await using var server = await StartAsync(webUi);
        await RunAsync(server, "count");
        await RunAsync(server, "bake");
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (webUi.All.Count == 0) await Task.Delay(10, limit.Token);
        await Task.Delay(50, limit.Token);
        Assert.Equal(["refresh-loras"], webUi.Paths);                           // a job of another kind makes none
        await webUi.GoAsync();
        await RunAsync(server, "bake");
        while (!(await SendAsync(server, HttpMethod.Get, ""))["refresh"]!["isOwed"]!.GetValue<bool>()) await Task.Delay(10, limit.Token);
        await webUi.ComeAsync();
        Assert.False((await SendAsync(server, HttpMethod.Post, "/refresh"))["refresh"]!["isOwed"]!.GetValue<bool>());
        Assert.InRange(webUi.All.Count, 2, 3);                                  // the server may try by itself in the same moment
    }

    [Theory]
    [InlineData("http://127.0.0.1:7860", "http://127.0.0.1:7860/")]
    [InlineData("https://example.org/webui/", "https://example.org/webui/")]
    public void ParseUrl_TakesAddresses(string text, string url) => Assert.Equal(url, WebUiSettings.ParseUrl(text).AbsoluteUri);

    [Theory]
    [InlineData("localhost:7860")]
    [InlineData("ftp://example.org")]
    [InlineData("http://ann:secret@example.org")]
    [InlineData("http://example.org/?x=1")]
    public void ParseUrl_RefusesOthersWithoutRepeatingPasswords(string text) =>
        Assert.DoesNotContain("secret", Assert.Throws<FormatException>(() => WebUiSettings.ParseUrl(text)).Message, StringComparison.Ordinal);

    private static Task<RunningServer> StartAsync(FakePeer webUi) => RunningServer.StartAsync(change: settings => settings with { WebUi = new() { Url = webUi.Url, Credentials = "ann:hunter2" } }, more: services =>
    {
        foreach (var name in (string[])["bake", "count"]) services.AddSingleton(new JobKind(name) { RunAsync = _ => Task.FromResult(new JobOutcome(true)) });
        services.AddSingleton(provider => new JobKinds(provider.GetServices<JobKind>().Reverse().DistinctBy(kind => kind.Name)));
    });

    private static async Task RunAsync(RunningServer server, string kind)
    {
        using var added = await server.Http.PostAsJsonAsync(new Uri("/lorabridge/v1/jobs", UriKind.Relative), new { kind });
        var id = (await added.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonNode>())!["jobs"]![0]!["id"]!.GetValue<string>();
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while ((await server.Http.GetFromJsonAsync<JsonNode>(new Uri($"/lorabridge/v1/jobs/{id}", UriKind.Relative)))!["state"]!.GetValue<string>() != "finished") await Task.Delay(10, limit.Token);
    }

    private static async Task<JsonNode> SendAsync(RunningServer server, HttpMethod method, string path, HttpStatusCode status = HttpStatusCode.OK)
    {
        using var request = new HttpRequestMessage(method, new Uri(Root + path, UriKind.Relative));
        using var answer = await server.Http.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == status, $"{method} {path}: {(int)answer.StatusCode} {text}");
        return JsonNode.Parse(text)!;
    }
}
