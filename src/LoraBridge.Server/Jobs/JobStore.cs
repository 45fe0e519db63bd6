using System.Globalization;
using Microsoft.Data.Sqlite;

namespace LoraBridge.Server.Jobs;

/// <summary>
/// Jobs and what happened to them, in a database that one process has open at a time. Every call is one transaction. Events have a number among
/// their job's and one among all. May be used from many threads.
/// </summary>
internal sealed class JobStore : IDisposable
{
    private const int TrimEvery = 500, DeletionsKept = 1000;

    private readonly JobDatabase _database;
    private readonly TimeProvider _time;
    private readonly int _eventsKept;

    private JobStore(JobDatabase database, TimeProvider time, int eventsKept) => (_database, _time, _eventsKept) = (database, time, eventsKept);

    /// <summary>Done when something has changed since this was asked for.</summary>
    public Task Changed => _database.Changed;

    /// <summary>Where the jobs are, and what follows from them in the same transactions.</summary>
    public JobDatabase Database => _database;

    /// <summary>Opens the store, and makes it where there is none.</summary>
    /// <param name="folder">The folder of its files.</param>
    /// <param name="time">The clock of events.</param>
    /// <param name="eventsKept">How many of a job's last events are kept; older ones go, but for those that are rare: states, files, warnings.</param>
    /// <exception cref="IOException">Another process has it open, or the folder cannot be written to.</exception>
    /// <exception cref="InvalidDataException">A newer LoraBridge has written it.</exception>
    public static JobStore Open(string folder, TimeProvider time, int eventsKept = 5000) => new(JobDatabase.Open(folder), time, eventsKept);

    /// <summary>Adds jobs at the end of the queue, all of them or none.</summary>
    public IReadOnlyList<Job> Add(IEnumerable<Job> jobs) => Add([.. jobs.Select(job => (job, (IReadOnlyList<string>)[]))]);

    /// <summary>Adds jobs at the end of the queue, each with what the user should know of it, all of them or none.</summary>
    public IReadOnlyList<Job> Add(IReadOnlyList<(Job Job, IReadOnlyList<string> Warnings)> jobs) => Write(() =>
    {
        var last = Convert.ToInt64(_database.Scalar("select coalesce(max(position), 0) from job"), CultureInfo.InvariantCulture);
        // to the millisecond, as it will be read
        var now = DateTimeOffset.FromUnixTimeMilliseconds(_time.GetUtcNow().ToUnixTimeMilliseconds());
        var added = jobs.Select((entry, i) => entry.Job with { Position = last + 1 + i, CreatedAt = now }).ToList();
        foreach (var (i, job) in added.Index())
        {
            using var command = Command(JobRows.Insert);
            JobRows.Fill(command, job);
            command.ExecuteNonQuery();
            AppendState(job);
            foreach (var warning in jobs[i].Warnings) AppendRow(job.Id, "warning", JobJson.Write(new WarningGiven(warning)));
        }
        return added;
    });

    /// <summary>A job; null where there is none.</summary>
    public Job? Find(string id) => Read(() => FindRow(id));

    /// <summary>Jobs, those that are worked on first, then the queue in its order, then the others, the newest first.</summary>
    public IReadOnlyList<Job> List(JobFilter? filter = null) => Read(() =>
    {
        filter ??= new();
        using var command = Command($"""
            {JobRows.Select} where ($kind is null or kind = $kind) and ($sweep is null or sweep = $sweep)
                and ($states is null or instr($states, ',' || state || ',') > 0)
            order by case state when 'running' then 0 when 'stopping' then 0 when 'queued' then 1 else 2 end,
                case when state <> 'queued' then 0 when position = 0 then -2000 else -priority end, case state when 'queued' then position else -created end, position desc
            limit $limit offset $offset
            """);
        command.Parameters.AddWithValue("$kind", (object?)filter.Kind ?? DBNull.Value);
        command.Parameters.AddWithValue("$sweep", (object?)filter.Group ?? DBNull.Value);
        command.Parameters.AddWithValue("$states", filter.States is { } states ? $",{string.Join(',', states.Select(JobRows.NameOf))}," : DBNull.Value);
        command.Parameters.AddWithValue("$limit", filter.Limit);
        command.Parameters.AddWithValue("$offset", filter.Offset);
        return Rows(command, JobRows.Read);
    });

    /// <summary>How many jobs there are of each kind in each state.</summary>
    public IReadOnlyList<JobCount> Counts() => Read(() =>
    {
        using var command = Command("select kind, state, count(*) from job group by kind, state order by kind, state");
        return Rows(command, row => new JobCount(row.GetString(0), Enum.Parse<JobState>(row.GetString(1), ignoreCase: true), row.GetInt32(2)));
    });

    /// <summary>Changes a job; where its state becomes another, that is an event.</summary>
    /// <param name="id">Which.</param>
    /// <param name="change">Makes the new one of the old; an exception leaves everything as it was.</param>
    /// <returns>The job as it is now; null where there is none.</returns>
    public Job? Change(string id, Func<Job, Job> change) => Write(() => ChangeRow(id, change));

    /// <summary>Writes down what happened to a job, and changes the job with it.</summary>
    /// <returns>The event's number; 0 where there is no such job any more.</returns>
    public long Append(string id, string kind, string body, Func<Job, Job>? change = null) => Write(() =>
    {
        if (FindRow(id) is null) return 0;
        var number = AppendRow(id, kind, body);
        if (change is not null) ChangeRow(id, change);
        return number;
    });

    /// <summary>Events of a job after one of them, in their order.</summary>
    /// <param name="id">Which job.</param>
    /// <param name="after">The number of the last one that is known; 0 for all that are kept.</param>
    /// <param name="most">How many at most.</param>
    public IReadOnlyList<JobEvent> Events(string id, long after, int most) => Read(() =>
    {
        using var command = Command("select number, time, kind, body from event where job = $id and number > $after order by number limit $most");
        command.Parameters.AddWithValue("$id", id);
        command.Parameters.AddWithValue("$after", after);
        command.Parameters.AddWithValue("$most", most);
        return Rows(command, JobRows.ReadEvent);
    });

    /// <summary>The number of the newest event of all jobs; 0 where nothing has happened.</summary>
    public long LastSequence => Read(() => Convert.ToInt64(_database.Scalar("select value from counter where name = 'event'"), CultureInfo.InvariantCulture));

    /// <summary>Events of all jobs after one of them, in the order in which they happened; a job that was deleted is one of the kind <c>deleted</c>.</summary>
    /// <param name="after">The number, among all, of the last one that is known; 0 for all that are kept.</param>
    /// <param name="most">How many at most.</param>
    /// <param name="kinds">The kinds that are wanted; null for all.</param>
    public IReadOnlyList<FeedEvent> Feed(long after, int most, IReadOnlyList<string>? kinds = null) => Read(() =>
    {
        using var command = _database.Command("""
            select sequence, job, number, time, kind, body from event where sequence > $after and ($kinds is null or instr($kinds, ',' || kind || ','))
            union all
            select sequence, job, 0, time, 'deleted', '{}' from deletion where sequence > $after and ($kinds is null or instr($kinds, ',deleted,'))
            order by sequence limit $most
            """, ("$after", after), ("$most", most), ("$kinds", kinds is null ? null : $",{string.Join(',', kinds)},"));
        return Rows(command, JobRows.ReadFeed);
    });

    /// <summary>Moves a job before another, or to the end of its priority; it takes the other's priority.</summary>
    /// <returns>Whether there are both.</returns>
    public bool Move(string id, string? before) => Write(() =>
    {
        if (FindRow(id) is not { } moved || (before is not null && FindRow(before) is null)) return false;
        using var command = Command($"{JobRows.Select} where id <> $id order by priority desc, position");
        command.Parameters.AddWithValue("$id", id);
        var others = Rows(command, JobRows.Read);
        var place = before is null ? others.Count : others.FindIndex(job => job.Id == before);
        if (before is not null) moved = moved with { Priority = others[place].Priority };
        others.Insert(place, moved);
        foreach (var (i, job) in others.Index()) ChangeRow(job.Id, old => old with { Position = i + 1, Priority = job.Priority });
        return true;
    });

    /// <summary>Removes a job and its events.</summary>
    /// <param name="id">Which.</param>
    /// <param name="check">Throws where it must stay.</param>
    /// <returns>Whether there was one.</returns>
    public bool Delete(string id, Action<Job>? check = null) => Write(() =>
    {
        if (FindRow(id) is not { } job) return false;
        check?.Invoke(job);
        var sequence = NextSequence();
        _database.Execute("insert into deletion (sequence, job, time) values ($sequence, $id, $time)", ("$sequence", sequence), ("$id", id), ("$time", _time.GetUtcNow().ToUnixTimeMilliseconds()));
        _database.Execute("delete from deletion where sequence not in (select sequence from deletion order by sequence desc limit $most)", ("$most", DeletionsKept));
        return _database.Execute("delete from job where id = $id", ("$id", id)) > 0;
    });

    /// <summary>Closes the store.</summary>
    public void Dispose() => _database.Dispose();

    private Job? FindRow(string id)
    {
        using var command = Command($"{JobRows.Select} where id = $id");
        command.Parameters.AddWithValue("$id", id);
        return Rows(command, JobRows.Read).FirstOrDefault();
    }

    private Job? ChangeRow(string id, Func<Job, Job> change)
    {
        if (FindRow(id) is not { } before) return null;
        var after = change(before) with { Id = before.Id };
        if (after == before) return after;
        using var command = Command(JobRows.Update);
        JobRows.Fill(command, after);
        command.ExecuteNonQuery();
        if (after.State != before.State || after.Stop != before.Stop) AppendState(after);
        return after;
    }

    private void AppendState(Job job) => AppendRow(job.Id, "state", JobJson.Write(new StateChanged(JobRows.NameOf(job.State), job.Stop is { } stop ? JobRows.NameOf(stop) : null, job.Error)));

    private long AppendRow(string id, string kind, string body)
    {
        using var count = Command("update job set last_event = last_event + 1 where id = $id returning last_event");
        count.Parameters.AddWithValue("$id", id);
        var number = Convert.ToInt64(count.ExecuteScalar(), CultureInfo.InvariantCulture);
        using var command = Command("insert into event (job, number, time, kind, body, sequence) values ($id, $number, $time, $kind, $body, $sequence)");
        command.Parameters.AddWithValue("$sequence", NextSequence());
        command.Parameters.AddWithValue("$id", id);
        command.Parameters.AddWithValue("$number", number);
        command.Parameters.AddWithValue("$time", _time.GetUtcNow().ToUnixTimeMilliseconds());
        command.Parameters.AddWithValue("$kind", kind);
        command.Parameters.AddWithValue("$body", body);
        command.ExecuteNonQuery();
        if (number % TrimEvery == 0) Trim(id, number - _eventsKept);
        return number;
    }

    private long NextSequence() => Convert.ToInt64(_database.Scalar("update counter set value = value + 1 where name = 'event' returning value"), CultureInfo.InvariantCulture);

    private void Trim(string id, long last)
    {
        using var command = Command("delete from event where job = $id and number <= $last and kind in ('step', 'stage', 'progress')");
        command.Parameters.AddWithValue("$id", id);
        command.Parameters.AddWithValue("$last", last);
        command.ExecuteNonQuery();
    }

    private T Read<T>(Func<T> read) => _database.Read(read);

    private T Write<T>(Func<T> write) => _database.Write(write);

    private SqliteCommand Command(string sql) => _database.Command(sql);

    private static List<T> Rows<T>(SqliteCommand command, Func<SqliteDataReader, T> read) => JobDatabase.Rows(command, read);
}

/// <summary>The body of an event of the kind <c>state</c>.</summary>
/// <param name="State">The new state.</param>
/// <param name="Stop">How the job was asked to end, where it was.</param>
/// <param name="Error">Why it failed, where it did.</param>
internal sealed record StateChanged(string State, string? Stop, JobFault? Error);
