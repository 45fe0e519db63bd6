namespace LoraBridge.Lora.Catalog;

/// <summary>
/// Says when something below the folders may have changed: soon, by the system's notices, and where those are not to be had (a missing
/// folder, a network drive, no watches left) by looking from time to time.
/// </summary>
internal sealed class FolderWatch : IDisposable
{
    private readonly Dictionary<string, FileSystemWatcher> _watchers = new(StringComparer.Ordinal);
    private readonly HashSet<string> _broken = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();
    private readonly LoraCatalogOptions _options;
    private readonly Debounce _notices;
    private readonly ITimer _poll;
    private readonly Func<string, FileSystemWatcher> _make;
    private bool _disposed;

    /// <param name="options">The waits and the clock.</param>
    /// <param name="look">Called on a timer's thread; true tells that it was the poll that asked.</param>
    /// <param name="make">Makes the watcher of a folder, which may fail; the system's outside of tests.</param>
    public FolderWatch(LoraCatalogOptions options, Action<bool> look, Func<string, FileSystemWatcher>? make = null)
    {
        _make = make ?? (folder => new FileSystemWatcher(folder));
        _options = options;
        _notices = new(options.Time, options.Quiet, options.Quiet * 10, () => look(false));
        _poll = options.Time.CreateTimer(_ => look(true), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Watches these folders and no others, as far as it can.</summary>
    /// <param name="folders">Real paths; those that do not exist are left to the poll.</param>
    /// <param name="renew">Makes every watcher anew: those there are have missed something.</param>
    /// <returns>A sentence for each folder that exists and cannot be watched.</returns>
    public IReadOnlyList<string> Follow(IEnumerable<string> folders, bool renew = false)
    {
        lock (_lock)
        {
            if (_disposed) return [];
            var (wanted, problems, complete, added) = (folders.ToHashSet(StringComparer.Ordinal), new List<string>(), true, false);
            foreach (var folder in _watchers.Keys.Where(folder => renew || !wanted.Contains(folder) || _broken.Contains(folder) || !Directory.Exists(folder)).ToList()) Remove(folder);
            foreach (var folder in wanted.Where(folder => !_watchers.ContainsKey(folder)).Order(StringComparer.Ordinal))
            {
                var problem = Directory.Exists(folder) ? TryAdd(folder) : "";
                if (problem is { Length: > 0 }) problems.Add(problem);
                complete &= problem is null;
                added |= problem is null;
            }
            var period = complete ? _options.PollWhenWatched : _options.PollWhenUnwatched;
            _poll.Change(period, period);
            // what changed between the walk and the watch was noticed by neither
            if (added) _notices.Notice();
            return problems;
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            _disposed = true;
            foreach (var folder in _watchers.Keys.ToList()) Remove(folder);
        }
        _notices.Dispose();
        _poll.Dispose();
    }

    private string? TryAdd(string folder)
    {
        FileSystemWatcher? watcher = null;
        try
        {
            watcher = _make(folder);
            watcher.IncludeSubdirectories = true;
            watcher.NotifyFilter = NotifyFilters.FileName | NotifyFilters.DirectoryName | NotifyFilters.LastWrite | NotifyFilters.Size | NotifyFilters.CreationTime;
            watcher.Created += (_, _) => _notices.Notice();
            watcher.Changed += (_, _) => _notices.Notice();
            watcher.Deleted += (_, _) => _notices.Notice();
            watcher.Renamed += (_, _) => _notices.Notice();
            watcher.Error += (_, _) => Break(folder);
            watcher.EnableRaisingEvents = true;
            _watchers.Add(folder, watcher);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            watcher?.Dispose();
            return $"The folder {folder} cannot be watched and is looked at every {_options.PollWhenUnwatched.TotalSeconds:0} seconds instead: {e.Message}";
        }
    }

    // notices were lost, or no more will come: the next look makes the watcher anew
    private void Break(string folder)
    {
        lock (_lock) _broken.Add(folder);
        _notices.Notice();
    }

    private void Remove(string folder)
    {
        _watchers.Remove(folder, out var watcher);
        watcher?.Dispose();
        _broken.Remove(folder);
    }
}
