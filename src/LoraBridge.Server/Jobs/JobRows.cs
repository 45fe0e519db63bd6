using Microsoft.Data.Sqlite;

namespace LoraBridge.Server.Jobs;

/// <summary>Jobs and events as rows. Times are Unix milliseconds, states their names in lower case.</summary>
internal static class JobRows
{
    private const string Columns = "id, kind, name, sweep, state, stop, priority, position, request, goes_on, created, started, ended, starts, progress, stage, error_kind, error_message, error_field, result";

    public const string Select = $"select {Columns} from job";

    public const string Insert =
        $"insert into job ({Columns}) values ($id, $kind, $name, $sweep, $state, $stop, $priority, $position, $request, $goes_on, $created, $started, $ended, $starts, $progress, $stage, $error_kind, $error_message, $error_field, $result)";

    public const string Update = """
        update job set kind = $kind, name = $name, sweep = $sweep, state = $state, stop = $stop, priority = $priority, position = $position, request = $request,
            goes_on = $goes_on, created = $created, started = $started, ended = $ended, starts = $starts, progress = $progress, stage = $stage,
            error_kind = $error_kind, error_message = $error_message, error_field = $error_field, result = $result where id = $id
        """;

    /// <summary>A state or a way to stop as it is written.</summary>
    public static string NameOf<T>(T value) where T : struct, Enum => value.ToString().ToLowerInvariant();

    public static void Fill(SqliteCommand command, Job job)
    {
        var values = command.Parameters;
        values.AddWithValue("$id", job.Id);
        values.AddWithValue("$kind", job.Kind);
        values.AddWithValue("$name", job.Name);
        values.AddWithValue("$sweep", OrNull(job.Group));
        values.AddWithValue("$state", NameOf(job.State));
        values.AddWithValue("$stop", OrNull(job.Stop is { } stop ? NameOf(stop) : null));
        values.AddWithValue("$priority", job.Priority);
        values.AddWithValue("$position", job.Position);
        values.AddWithValue("$request", job.Request);
        values.AddWithValue("$goes_on", job.GoesOn);
        values.AddWithValue("$created", job.CreatedAt.ToUnixTimeMilliseconds());
        values.AddWithValue("$started", OrNull(job.StartedAt?.ToUnixTimeMilliseconds()));
        values.AddWithValue("$ended", OrNull(job.EndedAt?.ToUnixTimeMilliseconds()));
        values.AddWithValue("$starts", job.Starts);
        values.AddWithValue("$progress", double.IsFinite(job.Progress) ? job.Progress : 0);
        values.AddWithValue("$stage", job.Stage);
        values.AddWithValue("$error_kind", OrNull(job.Error?.Kind));
        values.AddWithValue("$error_message", OrNull(job.Error?.Message));
        values.AddWithValue("$error_field", OrNull(job.Error?.Field));
        values.AddWithValue("$result", OrNull(job.Result));
    }

    public static Job Read(SqliteDataReader row) => new()
    {
        Id = row.GetString(0),
        Kind = row.GetString(1),
        Name = row.GetString(2),
        Group = Text(row, 3),
        State = Enum.Parse<JobState>(row.GetString(4), ignoreCase: true),
        Stop = Text(row, 5) is { } stop ? Enum.Parse<JobStop>(stop, ignoreCase: true) : null,
        Priority = row.GetInt32(6),
        Position = row.GetInt64(7),
        Request = row.GetString(8),
        GoesOn = row.GetBoolean(9),
        CreatedAt = Time(row, 10)!.Value,
        StartedAt = Time(row, 11),
        EndedAt = Time(row, 12),
        Starts = row.GetInt32(13),
        Progress = row.GetDouble(14),
        Stage = row.GetString(15),
        Error = Text(row, 16) is { } kind ? new(kind, Text(row, 17) ?? "", Text(row, 18)) : null,
        Result = Text(row, 19),
    };

    public static JobEvent ReadEvent(SqliteDataReader row) => new(row.GetInt64(0), Time(row, 1)!.Value, row.GetString(2), row.GetString(3));

    public static FeedEvent ReadFeed(SqliteDataReader row) => new(row.GetInt64(0), row.GetString(1), new(row.GetInt64(2), Time(row, 3)!.Value, row.GetString(4), row.GetString(5)));

    private static object OrNull(object? value) => value ?? DBNull.Value;

    private static string? Text(SqliteDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    private static DateTimeOffset? Time(SqliteDataReader row, int column) => row.IsDBNull(column) ? null : DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(column));
}
