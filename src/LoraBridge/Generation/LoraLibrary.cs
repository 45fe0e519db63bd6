using LoraBridge.Checkpoints;
using LoraBridge.Diffusion.Text;
using LoraBridge.Lora;
using LoraBridge.Lora.Catalog;

namespace LoraBridge.Generation;

/// <summary>The adapters that prompts may name: looked up in the folders' catalogue, read once, kept while memory allows.</summary>
/// <param name="catalog">The folders' index; null where there are none.</param>
/// <param name="cache">What was read.</param>
/// <param name="live">Adapters that are being trained; their names go before those of files.</param>
internal sealed class LoraLibrary(LoraCatalog? catalog, LoraCache cache, LiveCopies live) : IDisposable
{
    private readonly Dictionary<long, IReadOnlyList<TextEmbedding>> _bundled = [];

    /// <summary>Finds and reads what tags ask for.</summary>
    /// <param name="tags">The tags in order; of a name that stands twice both take the last one's weights, as in the WebUI.</param>
    /// <param name="warnings">Told of tags that cannot be followed, and of adapters of which only a part fits.</param>
    /// <param name="strict">Whether a tag that cannot be followed is an error.</param>
    /// <param name="files">Files by the names that tags call them, which go before all else.</param>
    /// <exception cref="LoraMissingException">It is strict, and an adapter is missing or cannot be used.</exception>
    public ChosenLoras Choose(IReadOnlyList<LoraTag> tags, ICollection<PromptWarning> warnings, bool strict, IReadOnlyDictionary<string, string> files)
    {
        var (uses, hashes, embeddings) = (new List<LoraUse>(), new List<(string, string)>(), new List<TextEmbedding>());
        foreach (var tag in tags)
        {
            var last = tags.Last(other => other.Name == tag.Name);
            var problems = new List<PromptWarning>();
            if (files.TryGetValue(tag.Name, out var path))
            {
                if (Read(tag, path, problems, strict) is { } given)
                {
                    uses.Add(new(given, last));
                    embeddings.AddRange(Bundled(given, problems));
                }
            }
            else if (Live(tag, problems) is { } trained)
            {
                uses.Add(new(trained, last));
            }
            else if (problems.Count == 0 && Find(tag, problems) is { } entry && Read(tag, entry.FullPath, problems, strict) is { } network)
            {
                uses.Add(new(network, last));
                hashes.Add((tag.Name, catalog!.HashOf(entry)[..12]));
                embeddings.AddRange(Bundled(network, problems));
            }
            else if (strict)
            {
                throw new LoraMissingException(tag.Name, problems[0].Reason);
            }
            foreach (var problem in problems) warnings.Add(problem);
        }
        foreach (var repeat in PromptCheck.Repeats(tags)) warnings.Add(repeat);
        return new(new(uses), hashes, embeddings);
    }

    /// <summary>Gives up adapters that no picture uses any more, beyond the memory allowed.</summary>
    public void Trim(IEnumerable<ChosenLoras> inUse)
    {
        LoraNetwork[] networks = [.. inUse.SelectMany(chosen => chosen.Blend.Loras).Select(use => use.Network)];
        cache.Trim(networks);
        live.Trim(networks);
    }

    public void Dispose()
    {
        cache.Dispose();
        live.Dispose();
        catalog?.Dispose();
    }

    private LoraNetwork? Live(LoraTag tag, List<PromptWarning> warnings)
    {
        try
        {
            return live.Get(tag.Name);
        }
        catch (LoraMismatchException error)
        {
            warnings.Add(new(tag.Name, $"The LoRA '{tag.Name}', which is being trained, could not be used and was left out: {error.Message}"));
            return null;
        }
    }

    private LoraEntry? Find(LoraTag tag, List<PromptWarning> warnings)
    {
        if (catalog?.Find(tag.Name) is { } entry) return entry;
        var near = catalog?.Suggest(tag.Name) ?? [];
        var cure = near.Count > 0 ? $"Did you mean {string.Join(" or ", near.Select(name => $"'{name}'"))}? Case counts"
            : catalog is null ? "No adapter folder is set: name one"
            : "Put its file into an adapter folder, or correct the name";
        warnings.Add(new(tag.Name, $"There is no LoRA named '{tag.Name}', so it was left out. {cure}."));
        return null;
    }

    private LoraNetwork? Read(LoraTag tag, string path, List<PromptWarning> warnings, bool strict)
    {
        try
        {
            var network = cache.Get(path);
            foreach (var warning in network.Report.Warnings) warnings.Add(new(tag.Name, $"The LoRA '{tag.Name}': {warning}"));
            return network;
        }
        catch (Exception error) when (error is CheckpointFormatException or LoraMismatchException or IOException or UnauthorizedAccessException)
        {
            // the reader knows it by a path, which is nobody's business who only named it
            var reason = error.Message.Replace(path, Path.GetFileName(path), StringComparison.Ordinal);
            if (strict) throw new LoraMissingException(tag.Name, $"The LoRA '{tag.Name}' cannot be used: {reason}", isThere: true);
            warnings.Add(new(tag.Name, $"The LoRA '{tag.Name}' could not be used and was left out: {reason}"));
            return null;
        }
    }

    private IReadOnlyList<TextEmbedding> Bundled(LoraNetwork network, List<PromptWarning> warnings)
    {
        if (network.Report.Embeddings.Count == 0) return [];
        if (_bundled.TryGetValue(network.Id, out var known)) return known;
        using var file = CheckpointFile.Open(network.Path);
        return _bundled[network.Id] = BundledEmbeddings.Read(file, warnings);
    }
}

/// <summary>What the tags of a picture came to.</summary>
/// <param name="Blend">The adapters.</param>
/// <param name="Hashes">Of each that was found, the name as it was written and the first 12 digits of its hash.</param>
/// <param name="Embeddings">Those that the adapters' files carry.</param>
internal sealed record ChosenLoras(LoraBlend Blend, IReadOnlyList<(string Name, string Hash)> Hashes, IReadOnlyList<TextEmbedding> Embeddings)
{
    /// <summary>What infotexts say under <c>Lora hashes</c> of the adapters of a job's passes, each once; null without adapters.</summary>
    public static string? Describe(IEnumerable<ChosenLoras> passes)
    {
        var hashes = passes.SelectMany(chosen => chosen.Hashes).Distinct()
            .Select(pair => $"{pair.Name.Replace(":", "", StringComparison.Ordinal).Replace(",", "", StringComparison.Ordinal)}: {pair.Hash}").ToList();
        return hashes.Count == 0 ? null : string.Join(", ", hashes);
    }
}
