using LoraBridge.Server.Engine;
using LoraBridge.Server.Engine.Protocol;

namespace LoraBridge.Server.Sdapi.Drawing;

/// <summary>All that this API asks of the engine.</summary>
internal sealed record EngineCalls
{
    /// <summary>Draws; told to stop it gives what there is.</summary>
    public required Func<GenerateCall, IProgress<EngineProgress>, CancellationToken, Task<GenerateResult>> DrawAsync { get; init; }

    /// <summary>Ends the call of an id after its step.</summary>
    public required Func<string, Task> InterruptAsync { get; init; }

    /// <summary>Ends the batch of a call after its step.</summary>
    public required Func<string, Task> SkipAsync { get; init; }

    /// <summary>What memory is in use.</summary>
    public required Func<CancellationToken, Task<EngineMemory>> MemoryAsync { get; init; }

    /// <summary>Gives memory back.</summary>
    public required Func<CancellationToken, Task> UnloadAsync { get; init; }

    /// <summary>Loads a checkpoint before it is asked for.</summary>
    public required Func<LoadCall, CancellationToken, Task> LoadAsync { get; init; }

    /// <summary>The calls of the real engine.</summary>
    public static EngineCalls Of(EngineClient engine) => new()
    {
        DrawAsync = engine.GenerateAsync,
        InterruptAsync = id => engine.InterruptAsync(id),
        SkipAsync = id => engine.SkipAsync(id),
        MemoryAsync = engine.MemoryAsync,
        UnloadAsync = engine.UnloadAsync,
        LoadAsync = (call, cancel) => engine.ReloadAsync(call, cancel: cancel),
    };
}
