using LoraBridge.Checkpoints;

namespace LoraBridge.Lora.Catalog;

/// <summary>
/// The adapter files below one or more folders, indexed by name, alias and hash, and kept up to date. Names and aliases resolve as in the
/// web UI. Safe to use from several threads: each answer is of one moment, and no path is ever made of a text that was asked for.
/// </summary>
public sealed class LoraCatalog : IDisposable
{
    private readonly LoraCatalogOptions _options;
    private readonly string[] _folders;
    private readonly IndexCache? _cache;
    private readonly FolderWatch? _watch;
    private readonly Lock _refreshing = new(), _hashing = new();
    private Dictionary<string, IndexRecord> _remembered;
    private volatile IReadOnlyList<string> _watchProblems = [];
    private volatile CatalogState _state = CatalogState.Empty;
    private volatile string? _cacheProblem;
    private volatile bool _disposed;

    private LoraCatalog(LoraCatalogOptions options)
    {
        _options = options;
        _folders = [.. options.Folders.Select(folder => Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder))).Distinct(StringComparer.Ordinal)];
        _cache = options.CacheFolder is null ? null : new(options.CacheFolder, _folders);
        _remembered = _cache?.Load() ?? [];
        _watch = options.Watch ? new(options, Look) : null;
    }

    /// <summary>
    /// Indexes the folders and begins to watch them. Headers alone are read, and only of files that the remembered index does not know:
    /// seconds for thousands of files at first, milliseconds from then on.
    /// </summary>
    /// <exception cref="ArgumentException">No folder was given.</exception>
    public static LoraCatalog Open(LoraCatalogOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.Folders.Count == 0) throw new ArgumentException("A catalogue needs at least one adapter folder.", nameof(options));
        var catalog = new LoraCatalog(options);
        catalog.Refresh();
        return catalog;
    }

    /// <summary>Raised after something changed, on the thread that noticed it; a handler must not throw.</summary>
    public event EventHandler? Changed;

    /// <summary>The files that names stand for, in the web UI's order; those that cannot be read are among them and say why.</summary>
    public IReadOnlyList<LoraEntry> Entries => _state.Entries;

    /// <summary>The files that a later one of the same name hides; their aliases may still resolve to them.</summary>
    public IReadOnlyList<LoraEntry> Shadowed => _state.Shadowed;

    /// <summary>Sentences about folders that cannot be read or watched, and an index that cannot be written; empty when all is well.</summary>
    public IReadOnlyList<string> Problems => [.. _state.Problems, .. _watchProblems, .. _cacheProblem is { } problem ? new[] { problem } : []];

    /// <summary>
    /// The file that a text in a prompt stands for, by exact name or alias; a forbidden text by its exact name alone. When there is none
    /// the folders are searched for that name, then read again, so that a file that was just written is found.
    /// </summary>
    /// <returns>Null for no such file; <see cref="Suggest"/> then knows what may have been meant.</returns>
    public LoraEntry? Find(string nameOrAlias)
    {
        ArgumentNullException.ThrowIfNull(nameOrAlias);
        if (_state.Find(nameOrAlias) is { } known) return known;
        Update(nameOrAlias);
        if (_state.Find(nameOrAlias) is { } written) return written;
        Refresh();
        return _state.Find(nameOrAlias);
    }

    /// <summary>The file that has a hash, by its first 12 hex digits or more of them, as infotexts carry it; null for none known.</summary>
    /// <remarks>Files without a claimed hash are known once <see cref="HashOf"/> or <see cref="HashMissing"/> computed it.</remarks>
    public LoraEntry? FindByHash(string hash)
    {
        ArgumentNullException.ThrowIfNull(hash);
        var digits = hash.Trim().ToLowerInvariant();
        if (digits.Length < 12 || _state.FindByHash(digits[..12]) is not { } entry) return null;
        return new[] { entry.Hash, entry.ComputedHash }.Any(known => known?.StartsWith(digits, StringComparison.Ordinal) == true) ? entry : null;
    }

    /// <summary>Names and aliases that are like a text that was not found, the likeliest first.</summary>
    public IReadOnlyList<string> Suggest(string text, int count = 5)
    {
        ArgumentNullException.ThrowIfNull(text);
        var state = _state;
        return NameSuggestions.For(text, state.Texts.Where(name => state.Find(name) is not null), count);
    }

    /// <summary>The text to put into a prompt for a file: its alias where that resolves, or its file name.</summary>
    public string PreferredName(LoraEntry entry, bool preferFileName)
    {
        ArgumentNullException.ThrowIfNull(entry);
        return preferFileName || _state.Find(entry.Alias)?.FullPath != entry.FullPath ? entry.Name : entry.Alias;
    }

    /// <summary>Looks at the folders now.</summary>
    /// <returns>Whether anything was different.</returns>
    public bool Refresh() => Update(null);

    /// <summary>
    /// A file's hash of 64 hex digits: the one it claims or, where it claims none, the one computed from its content (of a file whose name
    /// says safetensors, all after the header; of others, all) and remembered from then on. It costs reading the file, once.
    /// </summary>
    /// <exception cref="FileNotFoundException">The file is gone.</exception>
    /// <exception cref="CheckpointFormatException">The file is broken.</exception>
    public string HashOf(LoraEntry entry, IProgress<long>? progress = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(entry);
        return entry.Hash ?? Compute(entry, again: false, save: true, progress, cancel).Hash!;
    }

    /// <summary>Computes a file's hash whatever it claims, and remembers it.</summary>
    /// <returns>The entry as it is now: its <see cref="LoraEntry.HashState"/> says whether the claim holds.</returns>
    /// <exception cref="FileNotFoundException">The file is gone.</exception>
    /// <exception cref="CheckpointFormatException">The file is broken.</exception>
    public LoraEntry Verify(LoraEntry entry, IProgress<long>? progress = null, CancellationToken cancel = default)
    {
        ArgumentNullException.ThrowIfNull(entry);
        return Compute(entry, again: true, save: true, progress, cancel);
    }

    /// <summary>
    /// Computes the hashes of all files that claim none, one after another; meant for idle hours, for it reads every one of those files.
    /// Files that cannot be read are passed over.
    /// </summary>
    public void HashMissing(CancellationToken cancel = default)
    {
        try
        {
            foreach (var (i, entry) in Entries.Where(entry => entry is { HashState: HashState.Missing, Problem: null }).Index())
            {
                ComputeIfThere(entry, cancel);
                if (i % 16 == 15) Save();
            }
        }
        finally
        {
            Save();
        }
    }

    /// <summary>Stops watching; what was found stays readable.</summary>
    public void Dispose()
    {
        _disposed = true;
        _watch?.Dispose();
    }

    private void Look(bool byPoll)
    {
        if (!_disposed) Update(null, byPoll);
    }

    /// <summary>Looks at the folders; with a name, reads new files of that name alone.</summary>
    private bool Update(string? name, bool byPoll = false)
    {
        bool changed;
        lock (_refreshing)
        {
            var (before, walk) = (_state, FolderWalk.Of(_folders));
            var known = before.Files.ToDictionary(entry => entry.FullPath, StringComparer.Ordinal);
            var entries = new LoraEntry?[walk.Files.Count];
            Parallel.For(0, entries.Length, i => entries[i] = Entry(walk.Files[i], known.GetValueOrDefault(walk.Files[i].FullPath), name));

            var after = CatalogState.Of([.. entries.OfType<LoraEntry>()], walk.Problems);
            changed = !after.IsSameAs(before);
            if (changed)
            {
                _state = after;
                Save();
            }
            // what only the poll found, the watchers missed: they may be watching a folder that was replaced
            if (name is null) Follow(walk.LinkedFolders, renew: byPoll && changed);
        }
        if (changed) Changed?.Invoke(this, EventArgs.Empty);
        return changed;
    }

    private LoraEntry? Entry(FoundFile found, LoraEntry? known, string? onlyName)
    {
        if (known is not null && known.Found == found && known.Record.IsOf(found)) return known;
        if (onlyName is not null && found.Name != onlyName) return known;
        return new(found, IndexRecord.Of(found, known?.Record ?? _remembered.GetValueOrDefault(found.FullPath)));
    }

    private void Save()
    {
        lock (_refreshing)
        {
            var records = _state.Files.ToDictionary(entry => entry.FullPath, entry => entry.Record, StringComparer.Ordinal);
            var old = _remembered;
            _remembered = records;
            if (_cache is null) return;
            if (records.Count == old.Count && records.All(pair => old.TryGetValue(pair.Key, out var record) && ReferenceEquals(record, pair.Value))) return;
            _cacheProblem = _cache.Save(records);
        }
    }

    private void Follow(IEnumerable<string> linkedFolders, bool renew)
    {
        if (_watch is not null) _watchProblems = _watch.Follow(_folders.Select(RealPath.OrSelf).Concat(linkedFolders), renew);
    }

    private LoraEntry Compute(LoraEntry entry, bool again, bool save, IProgress<long>? progress, CancellationToken cancel)
    {
        lock (_hashing)                                                         // one at a time: it is the disk that is slow
        {
            var current = _state.Files.FirstOrDefault(file => IsSame(file, entry)) ?? entry;
            if (!again && current.ComputedHash is not null) return current;
            return Remember(current, ContentHash(entry.Found, progress, cancel), save);
        }
    }

    private void ComputeIfThere(LoraEntry entry, CancellationToken cancel)
    {
        try
        {
            Compute(entry, again: false, save: false, null, cancel);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CheckpointFormatException)
        {
            // it went away or changed while others were hashed: the next refresh says so
        }
    }

    private static string ContentHash(FoundFile found, IProgress<long>? progress, CancellationToken cancel)
    {
        if (!found.IsSafetensors) return CheckpointHashes.Sha256(found.FullPath, progress, cancel);
        using var file = SafetensorsFile.Open(found.FullPath);
        return CheckpointHashes.Lora(file, progress, cancel).Model;
    }

    /// <summary>Puts a computed hash into the entry, unless the file has changed since it was found.</summary>
    private LoraEntry Remember(LoraEntry entry, string hash, bool save)
    {
        var hashed = new LoraEntry(entry.Found, entry.Record with { ComputedHash = hash });
        if (entry.ComputedHash == hash || FolderListing.StampOf(entry.FullPath) != entry.Found.Stamp) return hashed;
        lock (_refreshing)
        {
            var before = _state;
            _state = CatalogState.Of([.. before.Files.Select(file => IsSame(file, entry) ? new LoraEntry(file.Found, file.Record with { ComputedHash = hash }) : file)], before.Problems);
            if (save) Save();
        }
        Changed?.Invoke(this, EventArgs.Empty);
        return hashed;
    }

    private static bool IsSame(LoraEntry file, LoraEntry entry) => file.FullPath == entry.FullPath && file.Found.Stamp == entry.Found.Stamp;
}
