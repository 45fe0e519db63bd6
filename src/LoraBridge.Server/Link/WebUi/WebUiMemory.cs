using LoraBridge.Server.Engine.Protocol;

namespace LoraBridge.Server.Link.WebUi;

/// <summary>
/// Asks the WebUI to give its model up while LoraBridge needs the memory, and to take it back afterwards. That it is owed a model is on the disk before it is asked, and
/// goes from there only when it has said that it took it back: so both calls come in pairs whatever fails, here or there, and whoever was away meanwhile.
/// </summary>
/// <param name="client">Speaks to it.</param>
/// <param name="memo">Remembers what is owed.</param>
/// <param name="giveBack">Gives our own idle memory up, before the WebUI takes it.</param>
/// <param name="time">The clock.</param>
/// <param name="log">Told when something changes.</param>
internal sealed partial class WebUiMemory(WebUiClient client, WebUiMemo memo, Func<CancellationToken, Task> giveBack, TimeProvider time, ILogger<WebUiMemory> log) : BackgroundService
{
    private static readonly TimeSpan s_firstPause = TimeSpan.FromSeconds(5), s_longestPause = TimeSpan.FromMinutes(1), s_goodbye = TimeSpan.FromSeconds(10);

    private readonly SemaphoreSlim _gate = new(1), _wake = new(0);
    private bool _isUnloaded;
    private int _holders;
    private long _lastEnd;

    /// <summary>How many trainings and pictures need the memory now.</summary>
    public int Holders => Volatile.Read(ref _holders);

    /// <summary>When the model is given back next; null where that is not owed, or waits for the end of what needs the memory.</summary>
    public DateTimeOffset? NextTryAt { get; private set; }

    /// <summary>Makes room for a call, if the setting asks for that; the room is given back when the result is disposed. A WebUI that is away or fails keeps nobody from work.</summary>
    /// <returns>Null where no room is needed.</returns>
    public async Task<IDisposable?> HoldAsync(EngineCall call, CancellationToken cancel)
    {
        if (client.Settings is not { Url: not null } settings || !Needs(call, settings.Release)) return null;
        Interlocked.Increment(ref _holders);
        var hold = new Hold(this);
        try
        {
            await _gate.WaitAsync(cancel).ConfigureAwait(false);
            try
            {
                if (!_isUnloaded) await UnloadAsync(cancel).ConfigureAwait(false);
            }
            finally
            {
                _gate.Release();
            }
            return hold;
        }
        catch
        {
            hold.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken).ConfigureAwait(false);
        if (memo.Debts.ReleasedAt is null || client.Settings.Url is null) return;
        // the next server would do it too, but perhaps there is none for long
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(s_goodbye);
        try
        {
            await giveBack(limit.Token).ConfigureAwait(false);
            await client.AskAsync(WebUiAction.Reload, isNow: true, limit.Token).ConfigureAwait(false);
            Settled();
        }
        catch (Exception failed) when (failed is LinkException or OperationCanceledException)
        {
            LogOwed(client.Settings.Url.Authority);
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _gate.Dispose();
        _wake.Dispose();
        base.Dispose();
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (client.Settings.Url is null) return;
        var failures = 0;
        while (!stoppingToken.IsCancellationRequested)
        {
            if (memo.Debts.ReleasedAt is null || Holders > 0)
            {
                NextTryAt = null;
                await _wake.WaitAsync(stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                continue;
            }
            var pause = failures == 0 ? client.Settings.Linger - Unused() : PauseAfter(failures);
            if (pause > TimeSpan.Zero)
            {
                NextTryAt = time.GetUtcNow() + pause;
                await Task.Delay(pause, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                if (failures == 0) continue;                                    // somebody may have needed the memory meanwhile
            }
            if (!stoppingToken.IsCancellationRequested) failures = await ReloadAsync(stoppingToken).ConfigureAwait(false) ? 0 : failures + 1;
        }
    }

    private static bool Needs(EngineCall call, WebUiRelease release) => call switch
    {
        TrainCall or PreflightCall { Measure: true } => release != WebUiRelease.Never,
        GenerateCall or PreviewCall => release == WebUiRelease.Always,
        _ => false,
    };

    private async Task UnloadAsync(CancellationToken cancel)
    {
        var owedBefore = memo.Debts.ReleasedAt;
        memo.Change(debts => debts with { Url = client.Settings.Url, ReleasedAt = debts.ReleasedAt ?? time.GetUtcNow() });
        try
        {
            await client.AskAsync(WebUiAction.Unload, isNow: false, cancel).ConfigureAwait(false);
            _isUnloaded = true;
            LogReleased(client.Settings.Url!.Authority);
        }
        catch (LinkException failed)
        {
            // what was certainly not done is not owed; of all else nobody knows, and giving back too often does no harm
            if (failed.Kind is LinkFailure.Away or LinkFailure.Refused or LinkFailure.NotTried) memo.Change(debts => debts with { ReleasedAt = owedBefore });
            LogKept(failed.Message);
        }
    }

    private async Task<bool> ReloadAsync(CancellationToken cancel)
    {
        try
        {
            await _gate.WaitAsync(cancel).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
        try
        {
            if (Holders > 0) return true;                                       // it is needed again: given back after that
            await giveBack(cancel).ConfigureAwait(false);
            await client.AskAsync(WebUiAction.Reload, isNow: false, cancel).ConfigureAwait(false);
            Settled();
            return true;
        }
        catch (LinkException failed)
        {
            LogOwedStill(failed.Message);
            return false;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
        finally
        {
            _gate.Release();
        }
    }

    private void Settled()
    {
        _isUnloaded = false;
        memo.Change(debts => debts with { ReleasedAt = null });
        LogRestored(client.Settings.Url!.Authority);
    }

    private TimeSpan Unused() => _lastEnd == 0 ? TimeSpan.MaxValue : time.GetElapsedTime(Volatile.Read(ref _lastEnd));

    private TimeSpan PauseAfter(int failures)
    {
        var pause = TimeSpan.FromSeconds(Math.Min(s_longestPause.TotalSeconds, s_firstPause.TotalSeconds * Math.Pow(2, Math.Min(failures - 1, 10))));
        return client.Circuit.NextTryAt - time.GetUtcNow() is { } closed && closed > pause ? closed : pause;
    }

    private void Leave()
    {
        Volatile.Write(ref _lastEnd, time.GetTimestamp());
        if (Interlocked.Decrement(ref _holders) == 0) _wake.Release();
    }

    private sealed class Hold(WebUiMemory memory) : IDisposable
    {
        private int _isOver;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _isOver, 1) == 0) memory.Leave();
        }
    }

    [LoggerMessage(LogLevel.Information, "The WebUI at {Host} has given its model's memory up")]
    private partial void LogReleased(string host);

    [LoggerMessage(LogLevel.Warning, "The WebUI was asked to give its model's memory up: {Reason}")]
    private partial void LogKept(string reason);

    [LoggerMessage(LogLevel.Information, "The WebUI at {Host} has its model back")]
    private partial void LogRestored(string host);

    [LoggerMessage(LogLevel.Warning, "The WebUI is owed its model: {Reason}")]
    private partial void LogOwedStill(string reason);

    [LoggerMessage(LogLevel.Warning, "The WebUI at {Host} is owed its model; the next start asks it to take it back")]
    private partial void LogOwed(string host);
}
