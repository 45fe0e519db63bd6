namespace LoraBridge.Server.Status;

/// <summary>Remembers when the server started.</summary>
internal sealed class ServerClock(TimeProvider time)
{
    private readonly long _start = time.GetTimestamp();

    /// <summary>The time of the start.</summary>
    public DateTimeOffset StartedAt { get; } = time.GetUtcNow();

    /// <summary>How long ago that was.</summary>
    public TimeSpan Uptime => time.GetElapsedTime(_start);
}
