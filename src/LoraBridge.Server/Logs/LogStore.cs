using System.Globalization;
using LoraBridge.Server.Status;

namespace LoraBridge.Server.Logs;

/// <summary>The last entries in memory, all of them on the way to their file.</summary>
internal sealed class LogStore : IAsyncDisposable
{
    /// <summary>How many entries are kept in memory.</summary>
    public const int Kept = 5000;

    private const int MostText = 8000, MostException = 16_000, MostValue = 2000, MostFields = 50;

    private readonly SecretFilter _secrets;
    private readonly TimeProvider _time;
    private readonly LogFile _file;
    private readonly Lock _gate = new();
    private readonly Queue<LogEntry> _last = new();
    private readonly DateTimeOffset _startedAt;
    private long _number;

    public LogStore(DataFolder data, SecretFilter secrets, TimeProvider time)
    {
        (_secrets, _time, _startedAt) = (secrets, time, time.GetUtcNow());
        _file = new(data.Logs);
    }

    /// <summary>How many entries are in no file.</summary>
    public long Dropped => _file.Dropped;

    /// <summary>Told of every entry's level.</summary>
    public Action<string>? Heard { get; set; }

    /// <summary>Begins to write to the file, once the data folder is known to be this server's.</summary>
    public void Begin()
    {
        Note("begins");
        _file.Begin();
    }

    /// <summary>Writes down.</summary>
    public void Add(LogLevel level, string category, EventId id, string message, IEnumerable<KeyValuePair<string, object?>>? fields, Exception? exception)
    {
        var entry = new LogEntry(0, _time.GetUtcNow(), LevelName(level), category, Short(_secrets.Clean(Short(message, MostText)), MostText))
        {
            Event = id.Name,
            Fields = Fields(fields),
            Exception = exception is null ? null : _secrets.Clean(Short(exception.ToString(), MostException)),
        };
        lock (_gate)
        {
            entry = entry with { Number = ++_number };
            _last.Enqueue(entry);
            if (_last.Count > Kept) _last.Dequeue();
            _file.Add(entry);
        }
        Heard?.Invoke(entry.Level);
    }

    /// <summary>Entries after one of them.</summary>
    /// <param name="after">The number of the last that is known.</param>
    /// <param name="least">The least level.</param>
    /// <param name="search">A text that the message, the category or the failure holds; empty for any.</param>
    /// <param name="limit">How many at most: the last of them where nothing is known yet, else the first.</param>
    public LogPage After(long after, LogLevel least, string search, int limit)
    {
        List<LogEntry> all;
        long last;
        lock (_gate) (all, last) = ([.. _last], _number);
        var found = all.Where(entry => entry.Number > after && LevelOf(entry.Level) >= least && Has(entry, search)).ToList();
        if (after <= 0) found = [.. found.TakeLast(limit)];
        else if (found.Count > limit) (found, last) = (found[..limit], found[limit - 1].Number);
        return new(found, last, _file.Dropped, _startedAt);
    }

    /// <summary>A level's name on the wire.</summary>
    public static string LevelName(LogLevel level) => level.ToString().ToLowerInvariant();

    public ValueTask DisposeAsync()
    {
        Note("ends");
        return _file.DisposeAsync();
    }

    private void Note(string what) =>
        Add(LogLevel.Information, "LoraBridge.Server", default, $"LoraBridge {StatusApi.ServerVersion} {what}, process {Environment.ProcessId}", null, null);

    private static LogLevel LevelOf(string name) => Enum.Parse<LogLevel>(name, ignoreCase: true);

    private static bool Has(LogEntry entry, string search) => search.Length == 0
        || new[] { entry.Message, entry.Category, entry.Exception ?? "" }.Any(text => text.Contains(search, StringComparison.OrdinalIgnoreCase));

    private Dictionary<string, string>? Fields(IEnumerable<KeyValuePair<string, object?>>? fields)
    {
        var kept = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in fields ?? [])
        {
            if (name == "{OriginalFormat}" || kept.Count >= MostFields) continue;
            kept[name] = _secrets.Clean(name, Short(Convert.ToString(value, CultureInfo.InvariantCulture) ?? "", MostValue));
        }
        return kept.Count > 0 ? kept : null;
    }

    private static string Short(string text, int most) => text.Length > most ? text[..most] + "…" : text;
}
