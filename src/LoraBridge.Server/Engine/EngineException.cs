using LoraBridge.Server.Engine.Protocol;

namespace LoraBridge.Server.Engine;

/// <summary>A call of the engine failed; the message is for the user and says what helps.</summary>
internal sealed class EngineException(EngineErrorKind kind, string message, string? field = null) : Exception(message)
{
    /// <summary>What kind of failure it is.</summary>
    public EngineErrorKind Kind { get; } = kind;

    /// <summary>The field of the request that is wrong, in camelCase; null where it is none.</summary>
    public string? Field { get; } = field;

    /// <summary>The adapter, as the request named it, that is missing or cannot be used; null where it is something else.</summary>
    public string? Adapter { get; init; }
}
