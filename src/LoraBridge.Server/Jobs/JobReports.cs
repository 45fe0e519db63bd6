using System.Text.Json;

namespace LoraBridge.Server.Jobs;

/// <summary>A job as it is answered.</summary>
internal sealed record JobReport
{
    /// <summary>Its name in addresses.</summary>
    public required string Id { get; init; }

    /// <summary>What is done.</summary>
    public required string Kind { get; init; }

    /// <summary>What a person calls it.</summary>
    public required string Name { get; init; }

    /// <summary>The sweep it belongs to; absent for others.</summary>
    public string? Group { get; init; }

    /// <summary>queued, running, paused, stopping, finished, failed or cancelled.</summary>
    public required string State { get; init; }

    /// <summary>How it was asked to end, while it does: pause, finish or cancel.</summary>
    public string? Stop { get; init; }

    /// <summary>Higher ones go first.</summary>
    public int Priority { get; init; }

    /// <summary>Whether it goes on by itself when the server ended in the middle of it.</summary>
    public bool GoesOn { get; init; }

    /// <summary>How much is done, 0 to 1.</summary>
    public double Progress { get; init; }

    /// <summary>What is being done, for a person.</summary>
    public required string Stage { get; init; }

    /// <summary>When it was asked for.</summary>
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>When work on it began, first.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When it ended.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>How often work on it began: once, and once more after every pause and every crash.</summary>
    public int Starts { get; init; }

    /// <summary>Why it failed.</summary>
    public JobFault? Error { get; init; }

    /// <summary>What was asked for.</summary>
    public JsonElement Request { get; init; }

    /// <summary>What it came to.</summary>
    public JsonElement? Result { get; init; }

    public static JobReport Of(Job job) => new()
    {
        Id = job.Id,
        Kind = job.Kind,
        Name = job.Name,
        Group = job.Group,
        State = JobRows.NameOf(job.State),
        Stop = job.Stop is { } stop ? JobRows.NameOf(stop) : null,
        Priority = job.Priority,
        GoesOn = job.GoesOn,
        Progress = job.Progress,
        Stage = job.Stage,
        CreatedAt = job.CreatedAt,
        StartedAt = job.StartedAt,
        EndedAt = job.EndedAt,
        Starts = job.Starts,
        Error = job.Error,
        Request = JobJson.Element(job.Request),
        Result = job.Result is { } result ? JobJson.Element(result) : null,
    };
}

/// <summary>Jobs that were found.</summary>
/// <param name="Jobs">Those in work first, then the queue in its order, then the others, the newest first.</param>
/// <param name="LastEvent">The number, among the events of all jobs, after which GET /lorabridge/v1/jobs/events tells what is not in this list yet.</param>
internal sealed record JobList(IReadOnlyList<JobReport> Jobs, long LastEvent);

/// <summary>Jobs that were added.</summary>
/// <param name="Jobs">One, or those of a sweep.</param>
/// <param name="Warnings">What the user should know, in sentences.</param>
internal sealed record JobsAdded(IReadOnlyList<JobReport> Jobs, IReadOnlyList<string> Warnings)
{
    public static JobsAdded Of(QueuedJobs added) => new([.. added.Jobs.Select(JobReport.Of)], added.Warnings);
}

/// <summary>An event as it is answered; in an event stream the number is the message's id and the kind its event.</summary>
/// <param name="Number">Its number among the job's events, from 1.</param>
/// <param name="Time">When.</param>
/// <param name="Kind">What kind.</param>
/// <param name="Body">The rest.</param>
internal sealed record JobEventReport(long Number, DateTimeOffset Time, string Kind, JsonElement Body)
{
    public static JobEventReport Of(JobEvent happened) => new(happened.Number, happened.Time, happened.Kind, JobJson.Element(happened.Body));
}

/// <summary>Events that were found.</summary>
/// <param name="Events">In their order.</param>
/// <param name="Last">The number to ask after next.</param>
/// <param name="IsOver">Whether the job is over and no event is left, so that asking again is of no use.</param>
internal sealed record JobEventList(IReadOnlyList<JobEventReport> Events, long Last, bool IsOver);

/// <summary>A file of a job.</summary>
/// <param name="Name">Its name below the job's folder, by which it can be read.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="WrittenAt">When it was written.</param>
internal sealed record JobFile(string Name, long Bytes, DateTimeOffset WrittenAt);

/// <summary>Files that were found.</summary>
/// <param name="Files">In the order of their names.</param>
internal sealed record JobFileList(IReadOnlyList<JobFile> Files);
