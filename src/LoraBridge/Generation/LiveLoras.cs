using LoraBridge.Lora;

namespace LoraBridge.Generation;

/// <summary>
/// Adapters that have no file yet because they are being trained: prompts name them like others, and get their weights of that moment.
/// It belongs to the thread that trains and draws.
/// </summary>
public sealed class LiveLoras
{
    private readonly Dictionary<string, LiveLora> _byName = new(StringComparer.Ordinal);

    /// <summary>The names under which prompts find something.</summary>
    public IReadOnlyCollection<string> Names => _byName.Keys;

    /// <summary>Adds one under a name, in place of what had that name, until the result is disposed.</summary>
    internal IDisposable Add(string name, LiveLora lora)
    {
        _byName[name] = lora;
        return new Entry(this, name, lora);
    }

    internal LiveLora? Find(string name) => _byName.GetValueOrDefault(name);

    private sealed class Entry(LiveLoras table, string name, LiveLora lora) : IDisposable
    {
        public void Dispose()
        {
            if (table._byName.GetValueOrDefault(name) == lora) table._byName.Remove(name);
        }
    }
}

/// <summary>An adapter whose weights change.</summary>
/// <param name="version">A number that is another one whenever the weights are others.</param>
/// <param name="copy">Makes a copy of the weights on the device of the given layers; the caller disposes it.</param>
internal sealed class LiveLora(Func<long> version, Func<ModelLayers, LoraFile> copy)
{
    public long Version => version();

    /// <summary>The weights of now, for a model.</summary>
    /// <exception cref="LoraMismatchException">The model has other layers than that which is trained.</exception>
    public LoraNetwork For(ModelLayers layers) => LoraNetwork.Of(copy(layers), layers);
}

/// <summary>Copies of live adapters' weights for one model: one for each, made anew when the weights have changed.</summary>
/// <param name="live">The adapters; null where nothing is trained.</param>
/// <param name="layers">The layers of the model.</param>
internal sealed class LiveCopies(LiveLoras? live, ModelLayers layers) : IDisposable
{
    private readonly Dictionary<LiveLora, (long Version, LoraNetwork Network)> _copies = [];
    private readonly List<LoraNetwork> _old = [];

    /// <summary>The present weights under a name; null when nothing of that name is trained.</summary>
    /// <exception cref="LoraMismatchException">The model has other layers than that which is trained.</exception>
    public LoraNetwork? Get(string name)
    {
        if (live?.Find(name) is not { } lora) return null;
        var version = lora.Version;
        if (_copies.TryGetValue(lora, out var copy) && copy.Version == version) return copy.Network;
        if (copy.Network is not null) _old.Add(copy.Network);                   // it may be on the layers until others are
        _copies.Remove(lora);
        var network = lora.For(layers);
        _copies[lora] = (version, network);
        return network;
    }

    /// <summary>Gives up what no picture uses any more.</summary>
    public void Trim(IReadOnlyCollection<LoraNetwork> inUse)
    {
        foreach (var (lora, copy) in _copies.Where(pair => !inUse.Contains(pair.Value.Network)).ToList())
        {
            _copies.Remove(lora);
            _old.Add(copy.Network);
        }
        foreach (var network in _old.Where(network => !inUse.Contains(network))) network.Dispose();
        _old.RemoveAll(network => !inUse.Contains(network));
    }

    public void Dispose() => Trim([]);
}
