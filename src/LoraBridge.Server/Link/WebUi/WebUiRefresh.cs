using LoraBridge.Server.Jobs;
using Microsoft.Data.Sqlite;

namespace LoraBridge.Server.Link.WebUi;

/// <summary>Tells the WebUI to look for adapters when a job has made one. It follows the jobs' events from a number that is on the disk, so that no end is passed over.</summary>
internal sealed partial class WebUiRefresh(WebUiClient client, WebUiMemo memo, JobStore jobs, TimeProvider time, ILogger<WebUiRefresh> log) : BackgroundService
{
    private const int Portion = 200;

    private static readonly string[] s_makers = ["train", "bake", "resize", "extract", "convert"];
    private static readonly TimeSpan s_firstPause = TimeSpan.FromSeconds(5), s_longestPause = TimeSpan.FromMinutes(5);

    private readonly SemaphoreSlim _wake = new(0);
    private int _failures;

    /// <summary>When the WebUI was told last; null before.</summary>
    public DateTimeOffset? LastAt { get; private set; }

    /// <summary>When it is told next; null where it is not.</summary>
    public DateTimeOffset? NextTryAt { get; private set; }

    /// <summary>Has the WebUI told as soon as it can be.</summary>
    public void Want()
    {
        if (client.Settings.Url is null) return;
        memo.Change(debts => debts with { RefreshOwed = true });
        _wake.Release();
    }

    /// <summary>Tells it now.</summary>
    /// <exception cref="LinkException">It could not be told.</exception>
    public async Task TellAsync(bool isNow, CancellationToken cancel)
    {
        await client.AskAsync(WebUiAction.Refresh, isNow, cancel).ConfigureAwait(false);
        LastAt = time.GetUtcNow();
        memo.Change(debts => debts with { RefreshOwed = false });
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _wake.Dispose();
        base.Dispose();
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (client.Settings.Url is null) return;
        // a number from another data folder's life is none of ours
        var seen = memo.Debts.LastEvent is { } known && known <= jobs.LastSequence ? known : jobs.LastSequence;
        memo.Change(debts => debts with { LastEvent = seen });
        while (!stoppingToken.IsCancellationRequested)
        {
            var changed = jobs.Changed;
            var pause = TimeSpan.FromHours(1);
            try
            {
                seen = Look(seen);
                if (memo.Debts.RefreshOwed && !await TryAsync(stoppingToken).ConfigureAwait(false)) pause = PauseAfter(_failures);
            }
            catch (SqliteException unreadable)
            {
                LogUnreadable(unreadable);
                pause = s_firstPause;
            }
            NextTryAt = memo.Debts.RefreshOwed ? time.GetUtcNow() + pause : null;
            using var woken = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
            List<Task> any = [Task.Delay(pause, time, woken.Token), _wake.WaitAsync(woken.Token)];
            // while it is away, a step of a training is no reason to try
            if (!memo.Debts.RefreshOwed) any.Add(changed);
            await Task.WhenAny(any).ConfigureAwait(false);
            await woken.CancelAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Looks for jobs that have made an adapter since a number; the number up to which it looked.</summary>
    private long Look(long seen)
    {
        while (true)
        {
            var newest = jobs.LastSequence;
            var events = jobs.Feed(seen, Portion, ["state"]);
            seen = events.Count == Portion ? events[^1].Sequence : Math.Max(seen, newest);
            if (events.Any(HasMadeOne)) memo.Change(debts => debts with { RefreshOwed = true, LastEvent = seen });
            if (events.Count < Portion) return seen;
        }
    }

    private bool HasMadeOne(FeedEvent happened) => happened.Event.Body.Contains("\"finished\"", StringComparison.Ordinal) && jobs.Find(happened.Job) is { } job && s_makers.Contains(job.Kind);

    private async Task<bool> TryAsync(CancellationToken cancel)
    {
        try
        {
            await TellAsync(isNow: false, cancel).ConfigureAwait(false);
            _failures = 0;
            return true;
        }
        catch (LinkException failed)
        {
            if (_failures++ == 0) LogUntold(failed.Message);
            return false;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private TimeSpan PauseAfter(int failures)
    {
        var pause = TimeSpan.FromSeconds(Math.Min(s_longestPause.TotalSeconds, s_firstPause.TotalSeconds * Math.Pow(2, Math.Min(Math.Max(0, failures - 1), 10))));
        return client.Circuit.NextTryAt - time.GetUtcNow() is { } closed && closed > pause ? closed : pause;
    }

    [LoggerMessage(LogLevel.Warning, "The WebUI could not be told of a new adapter; it is tried again: {Reason}")]
    private partial void LogUntold(string reason);

    [LoggerMessage(LogLevel.Error, "The jobs' events cannot be read; it is tried again soon")]
    private partial void LogUnreadable(Exception error);
}
