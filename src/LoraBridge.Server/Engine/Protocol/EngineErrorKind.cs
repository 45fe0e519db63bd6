namespace LoraBridge.Server.Engine.Protocol;

/// <summary>What kind of failure a call ended with.</summary>
internal enum EngineErrorKind
{
    /// <summary>The request is wrong; the error names the field.</summary>
    InvalidRequest,

    /// <summary>A file, a model or an adapter that the request names is not there.</summary>
    NotFound,

    /// <summary>The memory of the device, or of the machine, does not suffice. The engine has given up its models and goes on.</summary>
    OutOfMemory,

    /// <summary>The call was cancelled by who made it.</summary>
    Cancelled,

    /// <summary>There is no torch, no vocabulary, or the engine cannot be started.</summary>
    Unavailable,

    /// <summary>The engine ended in the middle of the call, and again when it was tried anew.</summary>
    Lost,

    /// <summary>The engine stood still for longer than allowed, and was ended.</summary>
    Hung,

    /// <summary>Something else; the message says what.</summary>
    Failed,
}
