using System.Text.Json.Nodes;

namespace LoraBridge.Server.Jobs;

/// <summary>What users do with jobs: every verb checks the state and changes it in one go, so that two of them cannot meet.</summary>
internal sealed class JobQueue(JobStore store, JobKinds kinds, JobRunner runner, DataFolder data)
{
    private const int MostPriority = 1000;

    /// <summary>Adds a job, or one for every combination of a sweep's values; all of them or none.</summary>
    /// <exception cref="JobException">The request is wrong; the fields are named.</exception>
    public QueuedJobs Add(NewJob asked)
    {
        var kind = kinds.Get(asked.Kind);
        if (Math.Abs(asked.Priority) > MostPriority) throw JobException.Invalid("priority", $"priority is {asked.Priority}, and must be from -{MostPriority} to {MostPriority}; 0 is usual, higher goes first.");
        var variants = JobSweep.Variants(asked.Request ?? [], asked.Sweep, kind.SweepsIn);
        var group = asked.Sweep is null ? null : "sweep-" + Guid.NewGuid().ToString("N")[..12];
        var jobs = new List<(Job Job, IReadOnlyList<string> Warnings)>();
        foreach (var (request, label) in variants)
        {
            var id = Job.NewId();
            var name = string.Join(' ', new[] { asked.Name ?? "", label }.Where(part => part.Length > 0));
            var verdict = kind.Check(new(id, name, FolderOf(id), request));
            var job = new Job
            {
                Id = id,
                Kind = kind.Name,
                Name = name,
                Group = group,
                State = asked.Paused ? JobState.Paused : JobState.Queued,
                Priority = asked.Priority,
                GoesOn = asked.GoesOn,
                Request = JobJson.Write(verdict.Request),
            };
            jobs.Add((job, verdict.Warnings));
        }
        return new(store.Add(jobs), [.. jobs.SelectMany(job => job.Warnings).Distinct()]);
    }

    /// <summary>A job.</summary>
    /// <exception cref="JobException">There is none.</exception>
    public Job Get(string id) => store.Find(id) ?? throw JobException.Missing(id);

    /// <summary>The job's folder, which need not exist.</summary>
    public string FolderOf(string id) => Path.Combine(data.Jobs, id);

    /// <summary>Ends a job so that it can go on; one that waits is taken out of the queue.</summary>
    public Job Pause(string id) => Ask(id, JobStop.Pause, job => job.State == JobState.Paused ? job
        : job.State == JobState.Queued ? job with { State = JobState.Paused, Stop = null }
        : throw JobException.Conflict($"The job is {JobRows.NameOf(job.State)}: there is nothing to pause."));

    /// <summary>Ends a job with what there is by then as its result.</summary>
    public Job Finish(string id) => Ask(id, JobStop.Finish, job => throw JobException.Conflict($"The job is {JobRows.NameOf(job.State)}, and only one in work can be stopped and saved. Cancel it, or resume it first."));

    /// <summary>Ends a job for nothing; what it wrote before stays until it is deleted.</summary>
    public Job Cancel(string id) => Ask(id, JobStop.Cancel, job => job.State switch
    {
        JobState.Cancelled => job,
        JobState.Queued or JobState.Paused => job with { State = JobState.Cancelled, Stop = null },
        _ => throw JobException.Conflict($"The job is {JobRows.NameOf(job.State)} already."),
    });

    /// <summary>Puts a job that was paused, that failed or that was cancelled back into the queue; it goes on from what was saved last.</summary>
    public Job Resume(string id) => Change(id, job => job.State switch
    {
        JobState.Queued or JobState.Running => job,
        JobState.Paused or JobState.Failed or JobState.Cancelled => job with { State = JobState.Queued, EndedAt = null, Error = null },
        JobState.Stopping => throw JobException.Conflict("The job is just ending. Resume it when it has."),
        _ => throw JobException.Conflict("The job is finished. Clone it to do it again, or extend it to go on."),
    });

    /// <summary>Makes a job longer, as in "three more epochs", and lets it go on from where it ended.</summary>
    public Job Extend(string id, MoreWork more)
    {
        if ((more.Epochs is null) == (more.Steps is null) || more.Epochs < 1 || more.Steps < 1) throw JobException.Invalid(more.Steps is null ? "epochs" : "steps", "Give either epochs or steps, 1 or more: how much longer the job shall be.");
        return Change(id, job =>
        {
            var extend = kinds.Get(job.Kind).Extend ?? throw JobException.Conflict($"A job of the kind {job.Kind} cannot be longer.");
            if (job.IsActive) throw JobException.Conflict($"The job is {JobRows.NameOf(job.State)}. Pause it first, or wait for its end.");
            var longer = extend(new(job.Id, job.Name, FolderOf(job.Id), JobJson.Object(job.Request)), more);
            return job with { Request = JobJson.Write(longer.Request), State = JobState.Queued, EndedAt = null, Error = null };
        });
    }

    /// <summary>Asks for the same once more, from its beginning, with other values where they are given.</summary>
    public QueuedJobs Clone(string id, JobCopy copy)
    {
        var job = Get(id);
        var request = JobJson.Object(job.Request);
        JobJson.Merge(request, copy.Request ?? []);
        return Add(new() { Kind = job.Kind, Name = copy.Name ?? job.Name, Priority = copy.Priority ?? job.Priority, GoesOn = job.GoesOn, Paused = copy.Paused, Request = request, Sweep = copy.Sweep });
    }

    /// <summary>Changes what may change of a job at any time: its name, its place, what a restart means to it.</summary>
    public Job Edit(string id, JobEdit edit)
    {
        if (edit.Priority is { } asked && Math.Abs(asked) > MostPriority) throw JobException.Invalid("priority", $"priority is {asked}, and must be from -{MostPriority} to {MostPriority}.");
        var job = Change(id, job => job with { Name = edit.Name ?? job.Name, Priority = edit.Priority ?? job.Priority, GoesOn = edit.GoesOn ?? job.GoesOn });
        if (edit.Before is not null)
        {
            if (edit.Before.Length > 0) Get(edit.Before);
            store.Move(id, edit.Before.Length > 0 ? edit.Before : null);
            job = Get(id);
        }
        // those who listen to all jobs learn that the list looks different now
        store.Append(id, "edited", JobJson.Write(new JobEdited(job.Name, job.Priority, job.GoesOn, edit.Before is not null)));
        return job;
    }

    /// <summary>Forgets a job that is not in work, and removes its files if that is wanted.</summary>
    public void Delete(string id, bool withFiles)
    {
        if (!JobFolders.Delete(store, data, id, withFiles)) throw JobException.Missing(id);
    }

    /// <summary>Ends a job in work in a way, or does something else with one that is not.</summary>
    private Job Ask(string id, JobStop how, Func<Job, Job> otherwise)
    {
        var job = Change(id, job =>
        {
            if (!job.IsActive) return otherwise(job);
            if (how == JobStop.Finish && !kinds.Get(job.Kind).CanFinish) throw JobException.Conflict($"A job of the kind {job.Kind} has nothing to show before its end. Cancel or pause it.");
            return job with { State = JobState.Stopping, Stop = how };
        });
        if (job.State == JobState.Stopping) runner.Ask(id, how);
        return job;
    }

    private Job Change(string id, Func<Job, Job> change) => store.Change(id, change) ?? throw JobException.Missing(id);
}

/// <summary>Jobs that were added.</summary>
/// <param name="Jobs">In the order of the queue.</param>
/// <param name="Warnings">What the user should know, in sentences.</param>
internal sealed record QueuedJobs(IReadOnlyList<Job> Jobs, IReadOnlyList<string> Warnings);

/// <summary>A job that is asked for.</summary>
internal sealed record NewJob
{
    /// <summary>What is to be done.</summary>
    public required string Kind { get; init; }

    /// <summary>What to call it.</summary>
    public string? Name { get; init; }

    /// <summary>Higher ones go first, from -1000 to 1000.</summary>
    public int Priority { get; init; }

    /// <summary>Whether it goes on by itself when the server ended in the middle of it.</summary>
    public bool GoesOn { get; init; } = true;

    /// <summary>Whether it waits to be resumed before it begins.</summary>
    public bool Paused { get; init; }

    /// <summary>What is asked for, in the kind's words.</summary>
    public JsonObject? Request { get; init; }

    /// <summary>Values for each of some fields: one job for every combination.</summary>
    public IReadOnlyDictionary<string, JsonArray>? Sweep { get; init; }
}

/// <summary>What is different in a copy of a job.</summary>
internal sealed record JobCopy
{
    /// <summary>Its name; null for the same.</summary>
    public string? Name { get; init; }

    /// <summary>Its priority; null for the same.</summary>
    public int? Priority { get; init; }

    /// <summary>Whether it waits to be resumed before it begins.</summary>
    public bool Paused { get; init; }

    /// <summary>What is different in the request, as a JSON merge patch: objects are merged, null takes away.</summary>
    public JsonObject? Request { get; init; }

    /// <summary>Values for each of some fields: one job for every combination.</summary>
    public IReadOnlyDictionary<string, JsonArray>? Sweep { get; init; }
}

/// <summary>A change of a job; what is null stays.</summary>
internal sealed record JobEdit
{
    /// <summary>What to call it.</summary>
    public string? Name { get; init; }

    /// <summary>Higher ones go first.</summary>
    public int? Priority { get; init; }

    /// <summary>Whether it goes on by itself when the server ended in the middle of it.</summary>
    public bool? GoesOn { get; init; }

    /// <summary>The job that it shall stand before, whose priority it takes; empty for the end of its priority.</summary>
    public string? Before { get; init; }
}

/// <summary>The body of an event of the kind <c>edited</c>: what the job is like now.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Priority">Its priority.</param>
/// <param name="GoesOn">Whether it goes on by itself after a restart.</param>
/// <param name="IsMoved">Whether its place among the waiting ones is another.</param>
internal sealed record JobEdited(string Name, int Priority, bool GoesOn, bool IsMoved);
