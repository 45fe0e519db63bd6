namespace LoraBridge.Server.Engine;

/// <summary>The engine's process: started when it is needed, watched, ended when it is idle or stands still.</summary>
/// <param name="settings">How it is kept.</param>
internal sealed class EngineProcess(EngineSettings settings)
{
    /// <summary>How it is kept.</summary>
    public EngineSettings Settings { get; } = settings;
}
