using System.Text.Json.Nodes;

namespace LoraBridge.Server.Jobs;

/// <summary>A job while it is worked on, as its kind sees it.</summary>
internal sealed class JobRun : IDisposable
{
    private readonly JobStore _store;
    private readonly CancellationTokenSource _pause, _finish = new(), _cancel = new(), _ending;
    private double _progress = -1;
    private string _stage = "";

    /// <summary>Begins.</summary>
    /// <param name="job">What is to be done.</param>
    /// <param name="folder">The job's folder, which exists.</param>
    /// <param name="store">Where what happens is written down.</param>
    /// <param name="serverEnds">Cancelled when the server ends; the job then goes on with the next one.</param>
    public JobRun(Job job, string folder, JobStore store, CancellationToken serverEnds)
    {
        (Job, Folder, _store, ServerEnds) = (job, folder, store, serverEnds);
        _pause = CancellationTokenSource.CreateLinkedTokenSource(serverEnds);
        _ending = CancellationTokenSource.CreateLinkedTokenSource(_pause.Token, _finish.Token, _cancel.Token);
    }

    /// <summary>The job as it was when work on it began.</summary>
    public Job Job { get; }

    /// <summary>Its folder.</summary>
    public string Folder { get; }

    /// <summary>What is asked for; a copy.</summary>
    public JsonObject Request => JobJson.Object(Job.Request);

    /// <summary>How it was asked to end; null while it was not.</summary>
    public JobStop? Stop { get; private set; }

    /// <summary>Cancelled when the server ends.</summary>
    public CancellationToken ServerEnds { get; }

    /// <summary>Cancelled when it shall end so that it can go on, because it was asked to or because the server ends.</summary>
    public CancellationToken Pausing => _pause.Token;

    /// <summary>Cancelled when it shall end with what there is.</summary>
    public CancellationToken Finishing => _finish.Token;

    /// <summary>Cancelled when it shall end for nothing.</summary>
    public CancellationToken Cancelling => _cancel.Token;

    /// <summary>Cancelled when it shall end, however.</summary>
    public CancellationToken Ending => _ending.Token;

    /// <summary>Asks it to end; a later word goes before an earlier one.</summary>
    public void Ask(JobStop how)
    {
        Stop = how;
        (how switch { JobStop.Pause => _pause, JobStop.Finish => _finish, _ => _cancel }).Cancel();
    }

    /// <summary>Writes down what happened.</summary>
    /// <param name="kind">The event's kind.</param>
    /// <param name="body">Its body, by its own type.</param>
    /// <param name="change">What is different about the job now.</param>
    public void Tell(string kind, object body, Func<Job, Job>? change = null) => _store.Append(Job.Id, kind, JobJson.Write(body), change);

    /// <summary>Says how far it is; what cannot be seen on a bar of a hundred marks is not written down.</summary>
    /// <param name="fraction">How much is done, 0 to 1.</param>
    /// <param name="stage">What is being done.</param>
    public void Report(double fraction, string stage)
    {
        if (stage == _stage && Math.Abs(fraction - _progress) < 0.01) return;
        (_progress, _stage) = (fraction, stage);
        Tell("progress", new ProgressMade(fraction, stage), job => job with { Progress = fraction, Stage = stage });
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _ending.Dispose();
        _pause.Dispose();
        _finish.Dispose();
        _cancel.Dispose();
    }
}

/// <summary>The body of an event of the kind <c>progress</c>.</summary>
/// <param name="Fraction">How much is done, 0 to 1.</param>
/// <param name="Stage">What is being done.</param>
internal sealed record ProgressMade(double Fraction, string Stage);

/// <summary>The body of an event of the kind <c>warning</c>.</summary>
/// <param name="Message">A sentence.</param>
internal sealed record WarningGiven(string Message);
