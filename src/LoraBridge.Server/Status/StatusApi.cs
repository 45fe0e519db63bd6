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

    public static void AddStatus(this IServiceCollection services) => services.AddSingleton<ServerClock>().AddSingleton<HealthCheck>().AddSingleton<SystemFacts>();

    public static RouteGroupBuilder MapStatus(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/lorabridge/v1").WithTags("Status");

        group.MapGet("/health", Health).WithName("GetHealth").WithSummary("Say that the server answers, and how its parts are").Produces<HealthReport>(StatusCodes.Status503ServiceUnavailable);
        group.MapGet("/version", Version).WithName("GetVersion").WithSummary("Name this version, its .NET, and the torch it was built for");

        var system = routes.MapGroup("/lorabridge/v1/system").WithTags("System");
        system.MapGet("/", SystemAsync).WithName("GetSystem").WithSummary("Show the machine, its devices, the engine and its memory, folders, limits and options in force");
        system.MapGet("/versions", Versions).WithName("GetVersions").WithSummary("Name the versions of all that runs here");

        return group;
    }

    private static Results<Ok<HealthReport>, JsonHttpResult<HealthReport>> Health(HealthCheck check)
    {
        var report = check.Look();
        return report.Status == "failed" ? TypedResults.Json(report, statusCode: StatusCodes.Status503ServiceUnavailable) : TypedResults.Ok(report);
    }

    private static async Task<Ok<SystemReport>> SystemAsync(SystemFacts facts, CancellationToken cancel) => TypedResults.Ok(await facts.LookAsync(cancel).ConfigureAwait(false));

    private static Ok<VersionsReport> Versions() => TypedResults.Ok(SystemFacts.Versions());

    private static Ok<VersionReport> Version() =>
        TypedResults.Ok(new VersionReport(ServerVersion, RuntimeInformation.FrameworkDescription, TorchSupply.Read()));
}
