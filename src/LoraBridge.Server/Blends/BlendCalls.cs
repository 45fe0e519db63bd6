using LoraBridge.Server.Engine;
using LoraBridge.Server.Engine.Protocol;

namespace LoraBridge.Server.Blends;

/// <summary>All that blends ask of the engine.</summary>
internal sealed record BlendCalls
{
    /// <summary>Draws one picture; cancelled, it ends after the step in work.</summary>
    public required Func<GenerateCall, CancellationToken, Task<GenerateResult>> DrawAsync { get; init; }

    /// <summary>Draws blends beside one another.</summary>
    public required Func<PreviewCall, CancellationToken, Task<PreviewResult>> GridAsync { get; init; }

    /// <summary>The calls of the real engine.</summary>
    public static BlendCalls Of(EngineClient engine) => new()
    {
        DrawAsync = (call, cancel) => engine.GenerateAsync(call, cancel: cancel),
        GridAsync = (call, cancel) => engine.PreviewAsync(call, cancel: cancel),
    };
}
