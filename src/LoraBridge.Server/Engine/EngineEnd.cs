namespace LoraBridge.Server.Engine;

/// <summary>Why an engine ended.</summary>
internal enum EngineEnd
{
    /// <summary>It crashed, was killed by the system or by somebody.</summary>
    Lost,

    /// <summary>The server ended it because it stood still.</summary>
    Hung,

    /// <summary>The server ended it because it was idle or is not needed any more.</summary>
    Dismissed,
}
