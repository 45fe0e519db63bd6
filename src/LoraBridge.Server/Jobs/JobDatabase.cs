using Microsoft.Data.Sqlite;

namespace LoraBridge.Server.Jobs;

/// <summary>
/// The SQLite file of jobs and of what follows from them, which one process has open at a time. Every call is one transaction: whatever ends the
/// process, a change is there whole or not at all. May be used from many threads.
/// </summary>
internal sealed class JobDatabase : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly FileStream _claim;
    private readonly Lock _lock = new();
    private TaskCompletionSource _changed = New();

    private JobDatabase(SqliteConnection connection, FileStream claim) => (_connection, _claim) = (connection, claim);

    /// <summary>Done when something has changed since this was asked for.</summary>
    public Task Changed => Volatile.Read(ref _changed).Task;

    /// <summary>Opens the file, and makes it where there is none.</summary>
    /// <exception cref="IOException">Another process has it open, or the folder cannot be written to.</exception>
    /// <exception cref="InvalidDataException">A newer LoraBridge has written it.</exception>
    public static JobDatabase Open(string folder)
    {
        Directory.CreateDirectory(folder);
        var claim = Claim(folder);
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = Path.Combine(folder, "jobs.sqlite"), Pooling = false, ForeignKeys = true }.ToString());
        try
        {
            connection.Open();
            // what is committed survives the process's end in any case, and the machine's but for the last moments
            JobSchema.Execute(connection, "pragma journal_mode = wal; pragma synchronous = normal");
            JobSchema.Migrate(connection);
            return new(connection, claim);
        }
        catch
        {
            connection.Dispose();
            claim.Dispose();
            throw;
        }
    }

    /// <summary>Reads, while nobody writes.</summary>
    public T Read<T>(Func<T> read)
    {
        lock (_lock) return read();
    }

    /// <summary>Writes in one transaction, and wakes those who wait for changes; an exception leaves everything as it was.</summary>
    public T Write<T>(Func<T> write)
    {
        T result;
        lock (_lock)
        {
            using var transaction = _connection.BeginTransaction();
            result = write();
            transaction.Commit();
        }
        Interlocked.Exchange(ref _changed, New()).TrySetResult();
        return result;
    }

    /// <summary>A statement; only within <see cref="Read"/> and <see cref="Write"/>.</summary>
    /// <param name="sql">A constant: values are parameters.</param>
    /// <param name="values">The parameters, null for none.</param>
    public SqliteCommand Command(string sql, params ReadOnlySpan<(string Name, object? Value)> values)
    {
        var command = _connection.CreateCommand();
#pragma warning disable CA2100 // constants all of them; values are parameters
        command.CommandText = sql;
#pragma warning restore CA2100
        foreach (var (name, value) in values) command.Parameters.AddWithValue(name, value ?? DBNull.Value);
        return command;
    }

    /// <summary>Runs a statement.</summary>
    /// <returns>How many rows it changed.</returns>
    public int Execute(string sql, params ReadOnlySpan<(string Name, object? Value)> values)
    {
        using var command = Command(sql, values);
        return command.ExecuteNonQuery();
    }

    /// <summary>The one value that a statement gives; null for none.</summary>
    public object? Scalar(string sql, params ReadOnlySpan<(string Name, object? Value)> values)
    {
        using var command = Command(sql, values);
        return command.ExecuteScalar() is { } value and not DBNull ? value : null;
    }

    /// <summary>The rows that a statement gives.</summary>
    public static List<T> Rows<T>(SqliteCommand command, Func<SqliteDataReader, T> read)
    {
        using var rows = command.ExecuteReader();
        var all = new List<T>();
        while (rows.Read()) all.Add(read(rows));
        return all;
    }

    /// <summary>Closes it.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            _connection.Dispose();
            _claim.Dispose();
        }
    }

    /// <summary>Two servers that both carried the same jobs out would write over each other's files.</summary>
    private static FileStream Claim(string folder)
    {
        try
        {
            return new(Path.Combine(folder, "jobs.lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException taken)
        {
            throw new IOException($"The jobs in {folder} are in another LoraBridge's hands ({taken.Message}). Stop that one, or choose another folder with --data.", taken);
        }
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
