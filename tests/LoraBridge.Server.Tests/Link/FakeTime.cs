using Microsoft.Extensions.Time.Testing;

namespace LoraBridge.Server.Tests.Link;

/// <summary>Waits for what happens on other threads while a clock is moved by hand.</summary>
internal static class FakeTime
{
    /// <summary>Waits until something is so; the clock is moved a little every time it is not.</summary>
    public static async Task UntilAsync(this FakeTimeProvider time, Func<bool> isSo, TimeSpan? step = null)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!isSo())
        {
            await Task.Delay(10, limit.Token);
            if (step is { } further) time.Advance(further);
        }
    }

    /// <summary>Moves the clock in small steps, with time between them for those who are woken.</summary>
    public static async Task PassAsync(this FakeTimeProvider time, TimeSpan duration, int steps = 10)
    {
        for (var i = 0; i < steps; i++)
        {
            time.Advance(duration / steps);
            await Task.Delay(5);
        }
    }
}
