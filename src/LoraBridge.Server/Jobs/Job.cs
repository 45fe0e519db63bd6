namespace LoraBridge.Server.Jobs;

/// <summary>Where a job is. The names are written in lower case on the wire and in the store.</summary>
internal enum JobState
{
    /// <summary>It waits for its turn.</summary>
    Queued,

    /// <summary>It is worked on; after a crash of the server it still says so, and goes on.</summary>
    Running,

    /// <summary>It was taken out of the queue, and goes on from where it was when it is resumed.</summary>
    Paused,

    /// <summary>It is worked on and was asked to end.</summary>
    Stopping,

    /// <summary>It is done.</summary>
    Finished,

    /// <summary>It could not be done; the error says why.</summary>
    Failed,

    /// <summary>It was given up by the user.</summary>
    Cancelled,
}

/// <summary>How a job in work is ended before its end.</summary>
internal enum JobStop
{
    /// <summary>So that it can go on.</summary>
    Pause,

    /// <summary>With what there is by then as its result.</summary>
    Finish,

    /// <summary>At once and for nothing.</summary>
    Cancel,
}

/// <summary>Why a job failed.</summary>
/// <param name="Kind">What kind of failure it is, such as <c>OutOfMemory</c>.</param>
/// <param name="Message">What is wrong and what helps, for a person.</param>
/// <param name="Field">The field of the request that is wrong, or null.</param>
internal sealed record JobFault(string Kind, string Message, string? Field = null);

/// <summary>Work that was asked for, and how far it is.</summary>
internal sealed record Job
{
    /// <summary>Its name in addresses; also that of its folder.</summary>
    public required string Id { get; init; }

    /// <summary>What is done: the name of a <see cref="JobKind"/>.</summary>
    public required string Kind { get; init; }

    /// <summary>What a person calls it.</summary>
    public string Name { get; init; } = "";

    /// <summary>The jobs of one sweep share it; null for others.</summary>
    public string? Group { get; init; }

    /// <summary>Where it is.</summary>
    public JobState State { get; init; }

    /// <summary>How it was asked to end, while it does.</summary>
    public JobStop? Stop { get; init; }

    /// <summary>Higher ones go first.</summary>
    public int Priority { get; init; }

    /// <summary>Its place among those of its priority, from 1; lower ones go first. 0 goes before all priorities: it was in work when a server ended.</summary>
    public long Position { get; init; }

    /// <summary>What is asked for, a JSON object in its kind's words.</summary>
    public required string Request { get; init; }

    /// <summary>Whether it goes on by itself when the server ended in the middle of it; else it is paused.</summary>
    public bool GoesOn { get; init; } = true;

    /// <summary>When it was asked for.</summary>
    public DateTimeOffset CreatedAt { get; init; }

    /// <summary>When work on it began, first; null before.</summary>
    public DateTimeOffset? StartedAt { get; init; }

    /// <summary>When it ended; null before.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>How often work on it began.</summary>
    public int Starts { get; init; }

    /// <summary>How much is done, 0 to 1.</summary>
    public double Progress { get; init; }

    /// <summary>What is being done, for a person.</summary>
    public string Stage { get; init; } = "";

    /// <summary>Why it failed; null when it did not.</summary>
    public JobFault? Error { get; init; }

    /// <summary>What it came to, a JSON object; null before.</summary>
    public string? Result { get; init; }

    /// <summary>Whether it is worked on.</summary>
    public bool IsActive => State is JobState.Running or JobState.Stopping;

    /// <summary>Whether nothing more happens to it unless it is asked for.</summary>
    public bool IsOver => State is JobState.Finished or JobState.Failed or JobState.Cancelled;

    /// <summary>A new id: never that of another job, also not of one whose folder outlived the store.</summary>
    public static string NewId() => "job-" + Guid.NewGuid().ToString("N")[..12];
}

/// <summary>Something that happened to a job.</summary>
/// <param name="Number">Its number among the job's events, from 1.</param>
/// <param name="Time">When.</param>
/// <param name="Kind">What kind: <c>state</c>, <c>step</c>, <c>file</c>, <c>warning</c> and others.</param>
/// <param name="Body">The rest, a JSON object.</param>
internal sealed record JobEvent(long Number, DateTimeOffset Time, string Kind, string Body);

/// <summary>How many jobs there are of a kind in a state.</summary>
internal sealed record JobCount(string Kind, JobState State, int Count);

/// <summary>Something that happened to any job.</summary>
/// <param name="Sequence">Its number among the events of all jobs, which never comes again.</param>
/// <param name="Job">To which.</param>
/// <param name="Event">What; of a job that was deleted its number is 0.</param>
internal sealed record FeedEvent(long Sequence, string Job, JobEvent Event);

/// <summary>Which jobs are wanted; what is null is not asked.</summary>
internal sealed record JobFilter
{
    /// <summary>Any of these states.</summary>
    public IReadOnlyList<JobState>? States { get; init; }

    /// <summary>This kind.</summary>
    public string? Kind { get; init; }

    /// <summary>This sweep.</summary>
    public string? Group { get; init; }

    /// <summary>How many at most.</summary>
    public int Limit { get; init; } = 200;

    /// <summary>How many to pass over.</summary>
    public int Offset { get; init; }
}
