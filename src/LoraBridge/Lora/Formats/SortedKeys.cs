using LoraBridge.Checkpoints.Naming;

namespace LoraBridge.Lora.Formats;

/// <summary>The keys of one layer.</summary>
/// <param name="Layer">The layer, and how it was spelled.</param>
/// <param name="Stem">What stands before the kinds in the file.</param>
internal sealed record LayerKeys(FoundLayer Layer, string Stem)
{
    /// <summary>The file's key for every <see cref="TensorKind"/> that is there.</summary>
    public Dictionary<string, string> ByKind { get; } = new(StringComparer.Ordinal);
}

/// <summary>A file's keys by the layers that they stand for.</summary>
internal sealed class SortedKeys
{
    private const string EmbeddingPrefix = "bundle_emb.";

    private readonly Dictionary<ModuleName, LayerKeys> _layers = [];

    private SortedKeys()
    {
    }

    public IReadOnlyCollection<LayerKeys> Layers => _layers.Values;

    public List<string> Unmatched { get; } = [];

    public Dictionary<string, IReadOnlyList<string>> Embeddings { get; } = new(StringComparer.Ordinal);

    /// <summary>Sorts the keys of a file.</summary>
    /// <exception cref="LoraMismatchException">Two keys stand for the same tensor of the same layer.</exception>
    public static SortedKeys Of(IEnumerable<string> keys, ModelLayers layers, string path)
    {
        var sorted = new SortedKeys();
        var known = new Dictionary<string, FoundLayer?>(StringComparer.Ordinal);
        foreach (var key in keys) sorted.Add(key, layers, known, path);
        return sorted;
    }

    /// <summary>Takes keys whose layers are known already.</summary>
    public static SortedKeys Of(IEnumerable<(string Key, SplitKey Split, FoundLayer? Layer)> keys, string path)
    {
        var sorted = new SortedKeys();
        foreach (var (key, split, layer) in keys)
            if (layer is { } found) sorted.Place(key, split, found, path);
            else sorted.Unmatched.Add(key);
        return sorted;
    }

    private void Add(string key, ModelLayers layers, Dictionary<string, FoundLayer?> known, string path)
    {
        var plain = LayerFinder.Unwrapped(key);
        if (plain.StartsWith(EmbeddingPrefix, StringComparison.Ordinal))
        {
            var name = plain[EmbeddingPrefix.Length..].Split('.')[0];
            Embeddings[name] = [.. Embeddings.GetValueOrDefault(name, []), key];
            return;
        }
        if (KeySuffixes.Split(plain) is not { } split || Find(split.Stem) is not { } layer)
        {
            Unmatched.Add(key);
            return;
        }
        Place(key, split, layer, path);

        FoundLayer? Find(string stem)
        {
            if (!known.TryGetValue(stem, out var found)) known[stem] = found = LayerFinder.Find(stem, layers);
            return found;
        }
    }

    private void Place(string key, SplitKey split, FoundLayer layer, string path)
    {
        if (!_layers.TryGetValue(layer.Module, out var keys)) _layers[layer.Module] = keys = new(layer, split.Stem);
        if (!keys.ByKind.TryAdd(split.Kind, key))
            throw new LoraMismatchException(path, key, $"stands for the same tensor as '{keys.ByKind[split.Kind]}'", "Remove one of the two spellings.");
    }
}
