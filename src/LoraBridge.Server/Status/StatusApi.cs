using System.Reflection;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Http.HttpResults;

namespace LoraBridge.Server.Status;

/// <summary>Says that the server is there, and what it is.</summary>
internal static class StatusApi
{
    /// <summary>This build's version, e.g. "0.1.0".</summary>
    public static string ServerVersion { get; } =
        typeof(StatusApi).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    public static RouteGroupBuilder MapStatus(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/lorabridge/v1").WithTags("Status");

        group.MapGet("/health", Health).WithName("GetHealth").WithSummary("Say that the server answers, and for how long it has");
        group.MapGet("/version", Version).WithName("GetVersion").WithSummary("Name this version, its .NET, and the torch it was built for");

        return group;
    }

    private static Ok<HealthReport> Health(ServerClock clock) =>
        TypedResults.Ok(new HealthReport("ok", clock.StartedAt, Math.Round(clock.Uptime.TotalSeconds, 3)));

    private static Ok<VersionReport> Version() =>
        TypedResults.Ok(new VersionReport(ServerVersion, RuntimeInformation.FrameworkDescription, TorchSupply.Read()));
}
