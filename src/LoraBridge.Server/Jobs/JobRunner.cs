using LoraBridge.Server.Engine;
using LoraBridge.Server.Engine.Protocol;
using Microsoft.Data.Sqlite;

namespace LoraBridge.Server.Jobs;

/// <summary>Works on the queue, one job at a time, from the server's start to its end; first on what the last server left in the middle.</summary>
internal sealed partial class JobRunner(JobStore store, JobKinds kinds, DataFolder data, TimeProvider time, ILogger<JobRunner> log) : BackgroundService
{
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(10);

    private JobRun? _current;
    private bool _isBroken;

    /// <summary>Whether jobs that the last server left are paused at the start.</summary>
    public bool HoldsJobs { get; init; }

    /// <summary>Tells a job in work to end.</summary>
    public void Ask(string id, JobStop how)
    {
        if (Volatile.Read(ref _current) is not { } run || run.Job.Id != id) return;
        try
        {
            run.Ask(how);
        }
        catch (ObjectDisposedException)
        {
            // it has ended in this moment, and knows the wish from the store
        }
    }

    /// <summary>Puts jobs that a server's end interrupted back where they were: to go on next, or to wait for the user.</summary>
    public override Task StartAsync(CancellationToken cancellationToken)
    {
        if (HoldsJobs)
        {
            foreach (var job in store.List(new() { States = [JobState.Running, JobState.Stopping, JobState.Queued], Limit = int.MaxValue }))
                store.Change(job.Id, old => old with { State = JobState.Paused, Stop = null });
        }
        Recover("The server ended in the middle of the job.");
        return base.StartAsync(cancellationToken);
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await NextAsync(stoppingToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (SqliteException unwritten)
            {
                // a full disk, most likely: what was saved stays, and work goes on when there is room again
                LogUnwritten(unwritten);
                _isBroken = true;
                await Task.Delay(s_pause, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task NextAsync(CancellationToken serverEnds)
    {
        if (_isBroken) Recover("The queue's file could not be written in the middle of the job.");
        _isBroken = false;
        var changed = store.Changed;
        if (store.List(new() { States = [JobState.Queued], Limit = 1 }) is [var next]) await WorkAsync(next, serverEnds).ConfigureAwait(false);
        else await changed.WaitAsync(serverEnds).ConfigureAwait(false);
    }

    /// <summary>Nothing is in work now, whatever the store says.</summary>
    private void Recover(string why)
    {
        foreach (var job in store.List(new() { States = [JobState.Running, JobState.Stopping], Limit = int.MaxValue }))
        {
            var now = store.Change(job.Id, old => Recovered(old, time.GetUtcNow()))!;
            store.Append(job.Id, "warning", JobJson.Write(new WarningGiven(now.State == JobState.Queued ? why + " It goes on from what was saved last." : why)));
            LogRecovered(job.Id, now.State);
        }
    }

    /// <summary>A job as the next server finds it.</summary>
    private static Job Recovered(Job job, DateTimeOffset now) => job.Stop switch
    {
        JobStop.Cancel => job with { State = JobState.Cancelled, Stop = null, EndedAt = now },
        JobStop.Pause => job with { State = JobState.Paused, Stop = null },
        // what there is by then is its result: it begins once more, to end at once
        JobStop.Finish => job with { State = JobState.Queued, Position = 0 },
        _ => job.GoesOn ? job with { State = JobState.Queued, Position = 0 } : job with { State = JobState.Paused },
    };

    private async Task WorkAsync(Job next, CancellationToken serverEnds)
    {
        var folder = Path.Combine(data.Jobs, next.Id);
        using var run = new JobRun(next, folder, store, serverEnds);
        Volatile.Write(ref _current, run);
        try
        {
            var isTaken = false;
            var job = store.Change(next.Id, old =>
            {
                isTaken = old.State == JobState.Queued;
                return isTaken ? old with { State = old.Stop is null ? JobState.Running : JobState.Stopping, Position = Math.Max(1, old.Position), StartedAt = old.StartedAt ?? time.GetUtcNow(), EndedAt = null, Starts = old.Starts + 1, Error = null } : old;
            });
            if (!isTaken) return;                                               // paused, cancelled or deleted in this moment
            LogBegan(next.Id, next.Kind);
            if (job!.Stop is { } wish) run.Ask(wish);
            var ended = await EndAsync(run).ConfigureAwait(false);
            if (store.Change(next.Id, ended) is { } after) LogEnded(next.Id, after.State);
        }
        finally
        {
            Volatile.Write(ref _current, null);
        }
    }

    /// <summary>Works on a job to its end, and says what becomes of it.</summary>
    private async Task<Func<Job, Job>> EndAsync(JobRun run)
    {
        try
        {
            Directory.CreateDirectory(run.Folder);
            var outcome = await kinds.Get(run.Job.Kind).RunAsync(run).ConfigureAwait(false);
            var result = outcome.Result is { } value ? JobJson.Write(value) : null;
            return outcome.IsComplete
                ? job => job with { State = JobState.Finished, Stop = null, EndedAt = time.GetUtcNow(), Progress = 1, Stage = "", Result = result }
                : job => Interrupted(job, run) with { Result = result };
        }
        catch (Exception given) when (run.Ending.IsCancellationRequested && given is OperationCanceledException or EngineException { Kind: EngineErrorKind.Cancelled })
        {
            return job => Interrupted(job, run);
        }
        catch (EngineException failed)
        {
            return job => Failed(job, new(failed.Kind.ToString(), failed.Message, failed.Field));
        }
        catch (JobException refused)
        {
            return job => Failed(job, new(nameof(EngineErrorKind.InvalidRequest), refused.Message, refused.Errors?.Keys.FirstOrDefault()));
        }
#pragma warning disable CA1031 // whatever a job does wrong, the next one gets its turn
        catch (Exception wrong)
#pragma warning restore CA1031
        {
            LogFailed(wrong, run.Job.Id);
            return job => Failed(job, new(nameof(EngineErrorKind.Failed), $"{wrong.GetType().Name}: {wrong.Message}"));
        }
    }

    /// <summary>A job that ended before its end: as it was asked to, or, as the server ends, as if nothing had happened.</summary>
    private Job Interrupted(Job job, JobRun run) => (job.Stop ?? run.Stop) switch
    {
        JobStop.Cancel => job with { State = JobState.Cancelled, Stop = null, EndedAt = time.GetUtcNow() },
        JobStop.Pause => job with { State = JobState.Paused, Stop = null },
        _ when run.ServerEnds.IsCancellationRequested => job,
        JobStop.Finish => job with { State = JobState.Paused, Stop = null },   // nothing was there yet to finish with
        _ => Failed(job, new(nameof(EngineErrorKind.Cancelled), "The work ended before its end though nobody had asked for it. Resume the job to go on.")),
    };

    private Job Failed(Job job, JobFault fault) => job with { State = JobState.Failed, Stop = null, EndedAt = time.GetUtcNow(), Error = fault };

    [LoggerMessage(Level = LogLevel.Information, Message = "Job {Id} ({Kind}) began")]
    private partial void LogBegan(string id, string kind);

    [LoggerMessage(Level = LogLevel.Information, Message = "Job {Id} is {State} now")]
    private partial void LogEnded(string id, JobState state);

    [LoggerMessage(Level = LogLevel.Information, Message = "Job {Id} was in work when the last server ended; it is {State} now")]
    private partial void LogRecovered(string id, JobState state);

    [LoggerMessage(Level = LogLevel.Error, Message = "The queue's file cannot be written; it is tried again soon")]
    private partial void LogUnwritten(Exception error);

    [LoggerMessage(Level = LogLevel.Error, Message = "Job {Id} failed")]
    private partial void LogFailed(Exception error, string id);
}
