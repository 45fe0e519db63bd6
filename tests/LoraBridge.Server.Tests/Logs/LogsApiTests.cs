using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using LoraBridge.Server.Logs;
using LoraBridge.Server.Safety;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace LoraBridge.Server.Tests.Logs;

public sealed partial class LogsApiTests
{
    [Fact]
    public async Task List_AfterANumber_GivesWhatCameSinceFromALevelOn()
    {
        await using var server = await RunningServer.StartAsync();
        var log = server.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Cats");
        var before = (await server.Http.ReadAsync("/system/logs")).GetProperty("last").GetInt64();
        for (var i = 0; i < 3; i++) Sleeping(log, i);
        Woke(log, new InvalidOperationException("a mouse"), "Tom");

        var all = await server.Http.ReadAsync($"/system/logs?after={before}");
        var warnings = await server.Http.ReadAsync($"/system/logs?after={before}&level=Warning");
        var page = await server.Http.ReadAsync($"/system/logs?after={before}&limit=2");
        var next = await server.Http.ReadAsync($"/system/logs?after={page.GetProperty("last").GetInt64()}&search=cat");

        Assert.Equal(["0 cats sleep", "1 cats sleep", "2 cats sleep", "The cat Tom woke"], Messages(all));
        Assert.Equal(["0 cats sleep", "1 cats sleep"], Messages(page));
        Assert.Equal(["2 cats sleep", "The cat Tom woke"], Messages(next));
        var woke = Assert.Single(warnings.GetProperty("entries").EnumerateArray());
        Assert.Equal(("warning", "Cats", "Woke", "Tom"), (woke.Text("level"), woke.Text("category"), woke.Text("event"), woke.GetProperty("fields").Text("Name")));
        Assert.Contains("a mouse", woke.Text("exception"), StringComparison.Ordinal);
        foreach (var (query, field) in new[] { ("level=loud", "level"), ("level=3", "level"), ("limit=0", "limit"), ("after=-1", "after") })
            Assert.Equal(field, (await server.Http.ReadAsync($"/system/logs?{query}", HttpStatusCode.UnprocessableEntity)).Text("field"));
    }

    [Fact]
    public async Task TheRing_KeepsTheLastEntries()
    {
        await using var server = await RunningServer.StartAsync();
        var log = server.Services.GetServices<ILoggerProvider>().OfType<LogProvider>().Single().CreateLogger("Cats");
        for (var i = 0; i < LogStore.Kept + 10; i++) Sleeping(log, i);

        var last = (await server.Http.ReadAsync("/system/logs?limit=1")).GetProperty("entries")[0];

        Assert.Equal($"{LogStore.Kept + 9} cats sleep", last.Text("message"));
        Assert.DoesNotContain(server.Services.GetRequiredService<LogStore>().After(0, LogLevel.Trace, "", 9999).Entries, entry => entry.Message == "9 cats sleep");
        Assert.Contains(server.Services.GetRequiredService<LogStore>().After(0, LogLevel.Trace, "", 9999).Entries, entry => entry.Message == "10 cats sleep");
    }

    /// <summary>Whatever clients send and whatever parts of the server say of it: neither the log's file nor its answers hold a secret.</summary>
    [Fact]
    public async Task Secrets_OfRequestsAndMessages_AreNowhere()
    {
        const string Secret = "hunter2-and-longer";
        var data = new DataFolder(Path.Combine(Path.GetTempPath(), Path.GetRandomFileName()));
        var settings = new ServerSettings { Port = 0, Data = data, Sdapi = new() { Auth = ApiAuth.Parse($"ann:{Secret}") } };
        var basic = Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes($"ann:{Secret}"));
        string answered;
        await using (var app = LoraBridgeServer.Build(settings))
        {
            app.Services.GetRequiredService<SecretFilter>().Add(Secret);
            await app.StartAsync();
            using var http = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
            using (var refused = await http.GetAsync(new Uri($"/lorabridge/v1/health?token={Secret}", UriKind.Relative))) Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", basic);
            var log = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Careless");
            Careless(log, new InvalidOperationException($"Authorization: Basic {basic}"), $"/x?password={Secret}", $"Bearer {Secret}", Secret, Secret);
            answered = await http.GetStringAsync(new Uri("/lorabridge/v1/system/logs?level=trace", UriKind.Relative)) + await http.GetStringAsync(new Uri("/lorabridge/v1/system", UriKind.Relative));
            await app.StopAsync();
        }
        var written = await File.ReadAllTextAsync(Path.Combine(data.Logs, "lorabridge.log"));

        Assert.Contains("Careless", answered, StringComparison.Ordinal);
        Assert.Contains("Careless", written, StringComparison.Ordinal);
        foreach (var text in new[] { answered, written })
        {
            Assert.DoesNotContain(Secret, text, StringComparison.Ordinal);
            Assert.DoesNotContain(basic, text, StringComparison.Ordinal);
        }
        Assert.Contains("\"asksForPassword\":true", answered, StringComparison.Ordinal);
        var lines = written.TrimEnd().Split('\n').Select(line => JsonSerializer.Deserialize<JsonElement>(line).Text("message")).ToList();
        Assert.Contains(" begins", lines[0], StringComparison.Ordinal);
        Assert.Contains(" ends", lines[^1], StringComparison.Ordinal);
        Directory.Delete(data.Path, recursive: true);
    }

    [LoggerMessage(LogLevel.Information, "{Count} cats sleep")]
    private static partial void Sleeping(ILogger log, int count);

    [LoggerMessage(LogLevel.Warning, "The cat {Name} woke")]
    private static partial void Woke(ILogger log, Exception error, string name);

    [LoggerMessage(LogLevel.Error, "Request {Path} with {Authorization} and {Password} failed: token={Token}")]
    private static partial void Careless(ILogger log, Exception error, string path, string authorization, string password, string token);

    private static IEnumerable<string> Messages(JsonElement page) => page.GetProperty("entries").EnumerateArray().Select(entry => entry.Text("message"));
}
