namespace LoraBridge.Server.Tests.Jobs;

/// <summary>A clock for which every wait is short.</summary>
internal sealed class ImpatientClock : TimeProvider
{
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        base.CreateTimer(callback, state, dueTime > TimeSpan.FromMilliseconds(20) ? TimeSpan.FromMilliseconds(20) : dueTime, period);
}
