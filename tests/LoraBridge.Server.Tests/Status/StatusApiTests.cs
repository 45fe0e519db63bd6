using System.Net;
using System.Text.Json;
using LoraBridge.Server.Status;

namespace LoraBridge.Server.Tests.Status;

public sealed class StatusApiTests
{
    [Fact]
    public async Task Health_ARunningServer_SaysOkAndForHowLong()
    {
        var time = new StoppedClock(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero));
        await using var server = await RunningServer.StartAsync(time);
        time.Now += TimeSpan.FromSeconds(90.5);

        using var health = JsonDocument.Parse(await server.Http.GetStringAsync("/lorabridge/v1/health"));

        Assert.Equal("ok", health.RootElement.GetProperty("status").GetString());
        Assert.Equal(90.5, health.RootElement.GetProperty("uptimeSeconds").GetDouble());
        Assert.Equal(new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero), health.RootElement.GetProperty("startedAt").GetDateTimeOffset());
    }

    [Fact]
    public async Task Version_ARunningServer_NamesItselfItsDotnetAndTheTorch()
    {
        await using var server = await RunningServer.StartAsync();

        using var version = JsonDocument.Parse(await server.Http.GetStringAsync("/lorabridge/v1/version"));

        Assert.Equal(StatusApi.ServerVersion, version.RootElement.GetProperty("version").GetString());
        Assert.StartsWith(".NET 10", version.RootElement.GetProperty("dotnet").GetString(), StringComparison.Ordinal);
        Assert.Contains(version.RootElement.GetProperty("torch").GetProperty("supply").GetString(), new[] { "package", "system", "none" });
    }

    [Fact]
    public async Task AnUnknownPath_IsAnsweredWithProblemDetails()
    {
        await using var server = await RunningServer.StartAsync();

        using var answer = await server.Http.GetAsync(new Uri("/lorabridge/v1/nothing", UriKind.Relative));

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
    }

    [Fact]
    public async Task AWrongMethod_IsAnsweredWithProblemDetails()
    {
        await using var server = await RunningServer.StartAsync();

        using var answer = await server.Http.DeleteAsync(new Uri("/lorabridge/v1/health", UriKind.Relative));

        Assert.Equal(HttpStatusCode.MethodNotAllowed, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
    }

    private sealed class StoppedClock(DateTimeOffset start) : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = start;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override DateTimeOffset GetUtcNow() => Now;

        public override long GetTimestamp() => Now.Ticks;
    }
}
