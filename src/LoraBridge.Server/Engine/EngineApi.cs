using LoraBridge.Server.Engine.Protocol;
using LoraBridge.Server.Link.WebUi;
using Microsoft.AspNetCore.Http.HttpResults;

namespace LoraBridge.Server.Engine;

/// <summary>Tells of the engine and its memory, loads a model before it is needed and gives memory back.</summary>
internal static class EngineApi
{
    /// <summary>Adds the engine's client; its process ends with the services.</summary>
    public static IServiceCollection AddEngine(this IServiceCollection services, EngineSettings settings) => services
        .AddSingleton(provider => new EngineProcess(settings, provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<EngineProcess>>()))
        .AddSingleton<EngineMeter>()
        .AddSingleton(provider => new EngineClient(provider.GetRequiredService<EngineProcess>(), provider.GetRequiredService<EngineMeter>()) { MakeRoomAsync = provider.GetRequiredService<WebUiMemory>().HoldAsync })
        .AddExceptionHandler<EngineErrorHandler>();

    public static RouteGroupBuilder MapEngineStatus(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/lorabridge/v1/engine").WithTags("Engine");

        group.MapGet("/", Read).WithName("GetEngine").WithSummary("Say whether torch is in memory, what it works on and what memory it takes");
        group.MapPost("/load", Load).WithName("LoadModel").WithSummary("Load a checkpoint before it is asked for");
        group.MapPost("/unload", Unload).WithName("UnloadModels").WithSummary("Give memory back: all of it, unless a training runs");

        return group;
    }

    private static async Task<Ok<EngineReport>> Read(EngineClient engine, CancellationToken cancel)
    {
        var health = await engine.HealthAsync(cancel).ConfigureAwait(false);
        return TypedResults.Ok(new EngineReport(health is not null, health, health is null ? EngineMemory.None : await engine.MemoryAsync(cancel).ConfigureAwait(false)));
    }

    private static async Task<Ok<LoadResult>> Load(ModelChoice? model, EngineClient engine, CancellationToken cancel) =>
        TypedResults.Ok(await engine.ReloadAsync(new(model ?? new()), cancel: cancel).ConfigureAwait(false));

    private static async Task<NoContent> Unload(EngineClient engine, CancellationToken cancel)
    {
        await engine.UnloadAsync(cancel).ConfigureAwait(false);
        return TypedResults.NoContent();
    }
}

/// <summary>The engine as it is now.</summary>
/// <param name="IsRunning">Whether there is a process that holds torch.</param>
/// <param name="Health">What it works on; null when there is none.</param>
/// <param name="Memory">What memory it takes.</param>
internal sealed record EngineReport(bool IsRunning, EngineHealth? Health, EngineMemory Memory);
