using Microsoft.AspNetCore.Http.HttpResults;

namespace LoraBridge.Server.Metrics;

/// <summary>Shows what was measured, as Prometheus wants it.</summary>
internal static class MetricsApi
{
    public static void AddServerMetrics(this IServiceCollection services)
    {
        services.AddMetrics();
        services.AddSingleton<MetricStore>().AddSingleton<ServerMeter>();
    }

    public static void MapMetrics(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/lorabridge/v1/metrics", WriteAsync).WithTags("System").WithName("GetMetrics").WithSummary("Show what was measured, in Prometheus' text format")
            .Produces<string>(StatusCodes.Status200OK, "text/plain");
        routes.MapGet("/metrics", WriteAsync).WithName("GetMetricsAtRoot").ExcludeFromDescription();  // where Prometheus looks unless it is told otherwise
    }

    /// <summary>Begins to measure; to be called before the first request.</summary>
    public static void StartMetrics(this IServiceProvider services)
    {
        services.GetRequiredService<MetricStore>();
        services.GetRequiredService<ServerMeter>();
    }

    private static async Task<ContentHttpResult> WriteAsync(MetricStore metrics, ServerMeter meter, CancellationToken cancel)
    {
        await meter.LookAsync(cancel).ConfigureAwait(false);
        return TypedResults.Text(metrics.Write(), PrometheusText.ContentType);
    }
}
