using System.Net;
using LoraBridge.Server.Jobs;
using LoraBridge.Server.Tests.Blends;
using Microsoft.Extensions.DependencyInjection;

namespace LoraBridge.Server.Tests.Metrics;

public sealed class MetricsApiTests
{
    [Fact]
    public async Task Metrics_OfAServerThatWasAsked_CountRequestsByRouteAndStatus()
    {
        await using var server = await BlendServer.StartAsync();
        for (var i = 0; i < 3; i++) await server.Http.ReadAsync("/health");
        await server.Http.ReadAsync("/blends/blend-000000000000", HttpStatusCode.NotFound);
        server.Server.Services.GetRequiredService<JobStore>().Add([new Job { Id = "a", Kind = "bake", Request = "{}" }, new Job { Id = "b", Kind = "bake", Request = "{}", State = JobState.Failed }]);

        using var answer = await server.Http.GetAsync(new Uri("/lorabridge/v1/metrics", UriKind.Relative));
        var read = ExpositionFormat.Read(await answer.Content.ReadAsStringAsync());

        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", answer.Content.Headers.ContentType?.ToString());
        const string Requests = "http_server_request_duration_seconds_count";
        Assert.Equal(3, read.Sum(Requests, "http_response_status_code=\"200\",http_route=\"/lorabridge/v1/health\""));
        Assert.Equal(1, read.Sum(Requests, "http_response_status_code=\"404\",http_route=\"/lorabridge/v1/blends/{id}\""));
        Assert.Equal(1, read.Samples["lorabridge_jobs{kind=\"bake\",state=\"queued\"}"]);
        Assert.Equal(1, read.Samples["lorabridge_jobs{kind=\"bake\",state=\"failed\"}"]);
        Assert.Equal(1, read.Samples["lorabridge_queue_length{queue=\"jobs\"}"]);
        Assert.Equal(0, read.Samples["lorabridge_engine_running"]);
        Assert.Equal(0, read.Samples["lorabridge_engine_starts_total"]);
        Assert.True(read.Samples["lorabridge_uptime_seconds"] > 0 && read.Samples["lorabridge_process_memory_bytes"] > 0 && read.Samples["lorabridge_disk_free_bytes"] > 0);
        Assert.Equal(1, read.Sum("lorabridge_build_info"));
        using var root = await server.Http.GetAsync(new Uri("/metrics", UriKind.Relative));
        ExpositionFormat.Read(await root.Content.ReadAsStringAsync());
    }
}
