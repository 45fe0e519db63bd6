using System.Collections.Concurrent;
using System.Net;

namespace LoraBridge.Server.Safety;

/// <summary>Counts wrong credentials by address, so that nobody can try many. Who sends none at all is not counted.</summary>
internal sealed class FailedAttempts(SafetySettings settings, TimeProvider time)
{
    private const int MostAddresses = 10_000;

    private static readonly TimeSpan s_window = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<IPAddress, (DateTimeOffset Since, int Count)> _failures = new();

    /// <summary>How long an address must wait before its credentials are looked at again; null when it need not.</summary>
    public TimeSpan? WaitOf(IPAddress address) =>
        _failures.TryGetValue(RequestRates.NetworkOf(address), out var failed) && failed.Count >= settings.MaxFailures && failed.Since + s_window - time.GetUtcNow() is { Ticks: > 0 } wait ? wait : null;

    /// <summary>Notes that an address gave wrong credentials.</summary>
    public void Add(IPAddress address)
    {
        var now = time.GetUtcNow();
        // as long as there is room for the addresses of a minute, those before it can go
        if (_failures.Count >= MostAddresses)
        {
            foreach (var (old, failed) in _failures)
                if (failed.Since + s_window <= now) _failures.TryRemove(old, out _);
            if (_failures.Count >= MostAddresses) _failures.Clear();
        }
        _failures.AddOrUpdate(RequestRates.NetworkOf(address), _ => (now, 1), (_, failed) => failed.Since + s_window <= now ? (now, 1) : (failed.Since, failed.Count + 1));
    }
}
