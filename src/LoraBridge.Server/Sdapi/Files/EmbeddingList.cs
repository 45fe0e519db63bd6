namespace LoraBridge.Server.Sdapi.Files;

/// <summary>The embeddings of the folder by name; files that did not change are not read again.</summary>
internal sealed class EmbeddingList
{
    private readonly ModelFolders _folders;
    private volatile Dictionary<string, (DateTime Changed, EmbeddingHeader? Header)> _files = [];

    /// <summary>Looks into the folder.</summary>
    public EmbeddingList(ModelFolders folders)
    {
        _folders = folders;
        Refresh();
    }

    /// <summary>All of them in the order of their files; of two with one name the later, with its path.</summary>
    public IReadOnlyDictionary<string, (string Path, EmbeddingHeader Header)> All
    {
        get
        {
            var all = new OrderedDictionary<string, (string, EmbeddingHeader)>(StringComparer.Ordinal);
            foreach (var (path, (_, header)) in _files)
                if (header is not null) all[header.Name] = (path, header);
            return all;
        }
    }

    /// <summary>Looks again.</summary>
    public void Refresh()
    {
        var before = _files;
        var files = new Dictionary<string, (DateTime, EmbeddingHeader?)>(StringComparer.Ordinal);
        foreach (var path in ModelFiles.Below(_folders.Embeddings, ".pt", ".bin", ".safetensors", ".png", ".webp"))
        {
            var changed = File.GetLastWriteTimeUtc(path);
            files[path] = before.TryGetValue(path, out var known) && known.Changed == changed ? known : (changed, EmbeddingHeader.Read(path));
        }
        _files = files;
    }
}
