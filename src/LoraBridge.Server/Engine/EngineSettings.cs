using LoraBridge.Server.Engine.Protocol;

namespace LoraBridge.Server.Engine;

/// <summary>How the server keeps its engine.</summary>
internal sealed record EngineSettings
{
    /// <summary>What the engine is told when it starts.</summary>
    public EngineStart Start { get; init; } = new();

    /// <summary>A torch folder, or null for what the build found.</summary>
    public string? Torch { get; init; }

    /// <summary>After how long without a call the engine is ended, which gives all its memory back; null keeps it.</summary>
    public TimeSpan? IdleTime { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How long the torch thread may give no sign of life in the middle of a call before the engine is ended. A sign is a step, a tensor read, a picture; on a slow machine one step of a large picture takes minutes.</summary>
    public TimeSpan SilenceLimit { get; init; } = TimeSpan.FromMinutes(15);

    /// <summary>How long a new engine may take until it listens.</summary>
    public TimeSpan StartLimit { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How long the server, when it ends, lets a training save itself.</summary>
    public TimeSpan GoodbyeLimit { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>A file for the name of the socket's folder, by which the next server finds what this one left if it is killed; null for none.</summary>
    public string? Trace { get; init; }

    /// <summary>Environment variables that the engine has and the server has not.</summary>
    public IReadOnlyDictionary<string, string> Variables { get; init; } = new Dictionary<string, string>();
}
