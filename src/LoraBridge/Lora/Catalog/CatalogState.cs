namespace LoraBridge.Lora.Catalog;

/// <summary>A catalogue at one moment, never changed: the entries and what each text in a prompt stands for.</summary>
internal sealed class CatalogState
{
    private readonly OrderedDictionary<string, LoraEntry> _names = new(StringComparer.Ordinal);
    private readonly Dictionary<string, LoraEntry> _texts = new(StringComparer.Ordinal);
    private readonly Dictionary<string, LoraEntry> _hashes = new(StringComparer.Ordinal);
    private readonly HashSet<string> _forbidden = new(["none"], StringComparer.Ordinal);

    private CatalogState(IReadOnlyList<LoraEntry> files, IReadOnlyList<string> problems) => (Files, Problems) = (files, problems);

    public static CatalogState Empty { get; } = Of([], []);

    /// <summary>Every file in the order of the walk.</summary>
    public IReadOnlyList<LoraEntry> Files { get; }

    /// <summary>A sentence for each folder that could not be read.</summary>
    public IReadOnlyList<string> Problems { get; }

    /// <summary>The files that their names stand for: the last of each name, in the place of the first.</summary>
    public IReadOnlyList<LoraEntry> Entries { get; private set; } = [];

    /// <summary>The files that a later one of the same name hides.</summary>
    public IReadOnlyList<LoraEntry> Shadowed { get; private set; } = [];

    /// <summary>Every name and alias once, names first.</summary>
    public IEnumerable<string> Texts => _names.Keys.Concat(_texts.Keys).Distinct(StringComparer.Ordinal);

    /// <summary>Takes the files in turn, as the web UI does: who comes later gets the name, and an alias that was taken is forbidden.</summary>
    public static CatalogState Of(IReadOnlyList<LoraEntry> files, IReadOnlyList<string> problems)
    {
        var state = new CatalogState(files, problems);
        var shadowed = new List<LoraEntry>();
        foreach (var file in files)
        {
            if (state._names.TryGetValue(file.Name, out var earlier)) shadowed.Add(earlier);
            state._names[file.Name] = file;
            if (state._texts.ContainsKey(file.Alias)) state._forbidden.Add(file.Alias.ToLowerInvariant());
            state._texts[file.Name] = file;
            state._texts[file.Alias] = file;
        }
        state.Entries = [.. state._names.Values];
        state.Shadowed = shadowed;
        foreach (var entry in state.Entries)
            foreach (var hash in new[] { entry.Hash, entry.ComputedHash })
                if (hash is not null)
                    state._hashes[hash[..12]] = entry;
        return state;
    }

    /// <summary>Whether a text, in whatever case, resolves by file name alone.</summary>
    public bool IsForbidden(string text) => _forbidden.Contains(text.ToLowerInvariant());

    /// <summary>The file that a text in a prompt stands for; null for none.</summary>
    public LoraEntry? Find(string text) => IsForbidden(text) ? _names.GetValueOrDefault(text) : _texts.GetValueOrDefault(text);

    /// <summary>The file of a hash's first 12 digits, claimed or computed; null for none.</summary>
    public LoraEntry? FindByHash(string digits) => _hashes.GetValueOrDefault(digits);

    /// <summary>Whether another state says the same of the same files.</summary>
    public bool IsSameAs(CatalogState other) => Files.SequenceEqual(other.Files) && Problems.SequenceEqual(other.Problems);
}
