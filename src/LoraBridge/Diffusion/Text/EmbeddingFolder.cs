using LoraBridge.Checkpoints;
using LoraBridge.Imaging;

namespace LoraBridge.Diffusion.Text;

/// <summary>A file in the folder of embeddings that is not used.</summary>
/// <param name="Path">The file.</param>
/// <param name="Reason">Why, and what to do.</param>
public sealed record EmbeddingFault(string Path, string Reason);

/// <summary>The embeddings of a folder and the folders in it. Looking again reads only files that changed.</summary>
/// <remarks>Safe to use from several threads: each sees one whole look or the next.</remarks>
public sealed class EmbeddingFolder
{
    private static readonly EnumerationOptions s_everything = new() { RecurseSubdirectories = true, MaxRecursionDepth = 16, IgnoreInaccessible = true };

    private readonly Lock _lock = new();
    private volatile Index _index = new([], [], []);

    /// <summary>Looks into a folder; one that does not exist has no embeddings, until it is there at a later <see cref="Rescan"/>.</summary>
    public EmbeddingFolder(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        Folder = path;
        Rescan();
    }

    /// <summary>The folder.</summary>
    public string Folder { get; }

    /// <summary>The embeddings by name, in the order of their files; of two with one name the later file's.</summary>
    public IReadOnlyDictionary<string, TextEmbedding> Embeddings => _index.Embeddings;

    /// <summary>The files that cannot be used, or that another of the same name hides.</summary>
    public IReadOnlyList<EmbeddingFault> Faults => _index.Faults;

    /// <summary>Looks again.</summary>
    public void Rescan()
    {
        lock (_lock)
        {
            var known = _index.Files;
            var files = new Dictionary<string, Entry>(StringComparer.Ordinal);
            var embeddings = new OrderedDictionary<string, TextEmbedding>(StringComparer.Ordinal);
            var faults = new List<EmbeddingFault>();
            foreach (var file in Files())
            {
                var state = (file.Length, file.LastWriteTimeUtc);
                var entry = known.TryGetValue(file.FullName, out var before) && before.State == state ? before : Read(file.FullName, state);
                files[file.FullName] = entry;
                if (entry.Fault is { } fault) faults.Add(new(file.FullName, fault));
                if (entry.Embedding is not { } embedding) continue;
                if (embeddings.TryGetValue(embedding.Name, out var hidden))
                    faults.Add(new(hidden.Source, $"{file.FullName} has the same name '{embedding.Name}' and is used instead. Rename one of them"));
                embeddings[embedding.Name] = embedding;
            }
            _index = new(files, embeddings, faults);
        }
    }

    private IEnumerable<FileInfo> Files() => Directory.Exists(Folder)
        ? new DirectoryInfo(Folder).EnumerateFiles("*", s_everything)
            .Where(file => EmbeddingFile.IsCandidate(file.Name) && file.Length > 0)
            .OrderBy(file => file.FullName, StringComparer.Ordinal)
        : [];

    private static Entry Read(string path, (long, DateTime) state)
    {
        try
        {
            // a picture without an embedding is one of the folder's previews, and no fault
            if (EmbeddingFile.IsPicture(path) && !PictureFile.Probe(path).Text.ContainsKey(EmbeddingPicture.TextKey)) return new(state, null, null);
            return new(state, EmbeddingFile.Read(path), null);
        }
        catch (Exception error) when (error is CheckpointFormatException or PictureFormatException or MissingPictureLibraryException or IOException or UnauthorizedAccessException)
        {
            return new(state, null, error.Message);
        }
    }

    private sealed record Index(Dictionary<string, Entry> Files, OrderedDictionary<string, TextEmbedding> Embeddings, List<EmbeddingFault> Faults);

    private sealed record Entry((long Length, DateTime Changed) State, TextEmbedding? Embedding, string? Fault);
}
