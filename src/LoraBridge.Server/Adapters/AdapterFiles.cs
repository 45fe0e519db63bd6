using LoraBridge.Checkpoints;
using LoraBridge.Files;
using LoraBridge.Imaging;
using LoraBridge.Lora.Catalog;
using LoraBridge.Server.Errors;
using LoraBridge.Server.Sdapi.Files;

namespace LoraBridge.Server.Adapters;

/// <summary>Finds adapters by names that the catalogue has, and writes to them and beside them, one at a time. No path is ever made of a name that was asked for.</summary>
internal sealed class AdapterFiles(AdapterCatalog adapters)
{
    /// <summary>The most bytes of a preview.</summary>
    public const int MostPreviewBytes = 32 << 20;

    private const int MostKey = 200, MostText = 4 << 20;
    private const string LegacyHash = "sshs_legacy_hash";

    private readonly Lock _writing = new();

    /// <summary>The adapter of a name.</summary>
    /// <exception cref="RequestException">There is none.</exception>
    public async Task<LoraEntry> FindAsync(string name, string field = "name")
    {
        var catalog = await adapters.OpenAsync().ConfigureAwait(false);
        if (Known(catalog, name) is { } known) return known;
        catalog.Refresh();                                                      // it may have been written this moment
        if (Known(catalog, name) is { } written) return written;
        var like = catalog.Suggest(name.Length > 200 ? name[..200] : name, 3);
        throw RequestException.Missing(field, "There is no adapter of this name.", like.Count == 0 ? "Take a name from the list of adapters." : $"Perhaps you mean {string.Join(", ", like)}.");
    }

    /// <summary>Changes some of an adapter's metadata; its tensors and their hash stay.</summary>
    /// <returns>All metadata afterwards.</returns>
    public async Task<IReadOnlyDictionary<string, string>> EditAsync(string name, MetadataEdit edit)
    {
        Check(edit);
        var entry = await FindAsync(name).ConfigureAwait(false);
        if (!entry.FullPath.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase))
            throw RequestException.Conflict("name", "Only safetensors files have metadata.", "Convert the file to safetensors first.");
        lock (_writing)
        {
            try
            {
                Rewrite(RealPath.OrSelf(entry.FullPath), edit);
            }
            catch (CheckpointFormatException error)
            {
                throw RequestException.Conflict("name", $"The file cannot be changed: {error.Reason}.", error.Cure ?? "Fetch or write it again.");
            }
        }
        return (await RefreshedAsync(name).ConfigureAwait(false)).ReadMetadata();
    }

    /// <summary>Writes the notes beside an adapter.</summary>
    public async Task<LoraEntry> WriteCardAsync(string name, AdapterCard card)
    {
        card.Check();
        var entry = await FindAsync(name).ConfigureAwait(false);
        lock (_writing) card.Write(Beside(entry, ".json"));
        return await RefreshedAsync(name).ConfigureAwait(false);
    }

    /// <summary>Puts a picture beside an adapter, as the PNG that every front-end looks for first; generation parameters in it stay.</summary>
    public async Task WritePreviewAsync(string name, byte[] picture)
    {
        var entry = await FindAsync(name).ConfigureAwait(false);
        byte[] png;
        try
        {
            var decoded = PictureFile.Read(picture);
            png = PictureFile.Probe(picture).Format == PictureFormat.Png ? picture : PictureFile.Encode(decoded);
        }
        catch (PictureFormatException error)
        {
            throw RequestException.Invalid("body", $"The picture cannot be read: {error.Reason}.", error.Cure);
        }
        catch (MissingPictureLibraryException error)
        {
            throw RequestException.Invalid("body", $"The picture cannot be read: {error.Library} is not installed.", $"Install {error.Package}, or send a PNG.");
        }
        lock (_writing) AtomicFile.Write(Beside(entry, ".png"), png);
        await RefreshedAsync(name).ConfigureAwait(false);
    }

    private static void Check(MetadataEdit edit)
    {
        if (edit.Set.Count + edit.Remove.Count == 0) throw RequestException.Invalid("set", "Nothing is to be changed.", "Give texts to set, or keys to remove.");
        foreach (var key in edit.Set.Keys.Concat(edit.Remove))
        {
            if (string.IsNullOrWhiteSpace(key) || key.Length > MostKey || key.Any(char.IsControl))
                throw RequestException.Invalid("set", "A key is empty, too long or holds control characters.", $"Give keys of up to {MostKey} characters.");
            if (key.StartsWith("sshs_", StringComparison.Ordinal))
                throw RequestException.Invalid(key, "It is a hash, which is computed.", "Leave it out.");
        }
        foreach (var (key, text) in edit.Set)
            if (text is null || text.Length > MostText) throw RequestException.Invalid(key, $"It is no text of up to {MostText:N0} characters.", "Send a shorter text; to remove the key, name it under remove.");
    }

    private static void Rewrite(string path, MetadataEdit edit)
    {
        var metadata = new OrderedDictionary<string, string>(Read(path), StringComparer.Ordinal);
        foreach (var key in edit.Remove) metadata.Remove(key);
        foreach (var (key, text) in edit.Set) metadata[key] = text;
        SafetensorsMetadata.Replace(path, metadata);
        // the old hash of the trainers' own program covers their part of the header too
        if (!metadata.TryGetValue(LegacyHash, out var claimed)) return;
        string legacy;
        using (var file = SafetensorsFile.Open(path)) legacy = CheckpointHashes.Lora(file).Legacy;
        if (legacy == claimed) return;
        metadata[LegacyHash] = legacy;
        SafetensorsMetadata.Replace(path, metadata);
    }

    private static IReadOnlyDictionary<string, string> Read(string path)
    {
        using var file = SafetensorsFile.Open(path);
        return file.Metadata;
    }

    // beside the name that the catalogue found, not beside what a link leads to
    private static string Beside(LoraEntry entry, string ending) => Path.Combine(Path.GetDirectoryName(entry.FullPath)!, entry.Name + ending);

    private async Task<LoraEntry> RefreshedAsync(string name)
    {
        (await adapters.OpenAsync().ConfigureAwait(false)).Refresh();
        return await FindAsync(name).ConfigureAwait(false);
    }

    private static LoraEntry? Known(LoraCatalog catalog, string name) => catalog.Entries.FirstOrDefault(entry => entry.Name == name);
}

/// <summary>A change of metadata.</summary>
internal sealed record MetadataEdit
{
    /// <summary>Texts to write, by key.</summary>
    public Dictionary<string, string> Set { get; init; } = [];

    /// <summary>Keys to take out; those that are not there do no harm.</summary>
    public IReadOnlyList<string> Remove { get; init; } = [];
}
