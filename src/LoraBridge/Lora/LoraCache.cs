using LoraBridge.Checkpoints;
using LoraBridge.Lora.Catalog;

namespace LoraBridge.Lora;

/// <summary>
/// Adapters kept in memory for one model, the most recently used ones up to a number of bytes, so that a change between files
/// that were read costs no reading. It belongs to one thread at a time.
/// </summary>
/// <param name="layers">The layers of the model.</param>
/// <param name="maxBytes">Memory for adapters that are not in use.</param>
public sealed class LoraCache(ModelLayers layers, long maxBytes) : IDisposable
{
    private readonly Dictionary<string, LinkedListNode<Entry>> _entries = new(StringComparer.Ordinal);
    private readonly LinkedList<Entry> _byUse = new();

    /// <summary>Memory of the adapters that are kept.</summary>
    public long Bytes => _byUse.Sum(entry => entry.Network.Bytes);

    /// <summary>How many adapters are kept.</summary>
    public int Count => _byUse.Count;

    /// <summary>How many adapters were read from their files.</summary>
    public int Reads { get; private set; }

    /// <summary>The adapter of a file; read again when the file has changed since. The cache owns it.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="CheckpointFormatException">The file is damaged.</exception>
    /// <exception cref="LoraMismatchException">It does not fit the model.</exception>
    public LoraNetwork Get(string path)
    {
        var stamp = StampOf(path);
        if (_entries.TryGetValue(path, out var node))
        {
            if (node.Value.Stamp == stamp)
            {
                _byUse.Remove(node);
                _byUse.AddFirst(node);
                return node.Value.Network;
            }
            Remove(node);
        }
        var network = LoraNetwork.Load(path, layers);
        Reads++;
        _entries[path] = _byUse.AddFirst(new Entry(path, stamp, network));
        return network;
    }

    /// <summary>Gives up the least recently used adapters beyond the limit; call it when none but those given is in use.</summary>
    /// <param name="inUse">Adapters that must stay, whatever their size.</param>
    public void Trim(IReadOnlyCollection<LoraNetwork> inUse)
    {
        var bytes = Bytes;
        for (var node = _byUse.Last; node is not null && bytes > maxBytes;)
        {
            var previous = node.Previous;
            if (!inUse.Contains(node.Value.Network))
            {
                bytes -= node.Value.Network.Bytes;
                Remove(node);
            }
            node = previous;
        }
    }

    /// <summary>Gives all memory back.</summary>
    public void Dispose()
    {
        while (_byUse.First is { } node) Remove(node);
    }

    private static FileStamp StampOf(string path)
    {
        var file = new FileInfo(path);
        return file.Exists ? FileStamp.Of(file) : throw new FileNotFoundException($"There is no adapter file {path}.", path);
    }

    private void Remove(LinkedListNode<Entry> node)
    {
        _byUse.Remove(node);
        _entries.Remove(node.Value.Path);
        node.Value.Network.Dispose();
    }

    private sealed record Entry(string Path, FileStamp Stamp, LoraNetwork Network);
}
