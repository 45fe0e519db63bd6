using System.Diagnostics.CodeAnalysis;
using static TorchSharp.torch;

namespace LoraBridge.Training.Caching;

/// <summary>Cached tensors in the processor's memory, for one run.</summary>
public sealed class MemoryTensorStore : ITensorStore
{
    private readonly Dictionary<CacheKey, Dictionary<string, Tensor>> _values = [];
    private readonly Lock _lock = new();

    /// <summary>How many values there are.</summary>
    public int Count
    {
        get
        {
            lock (_lock) return _values.Count;
        }
    }

    /// <summary>Bytes that the values take.</summary>
    public long Bytes
    {
        get
        {
            lock (_lock) return _values.Values.SelectMany(value => value.Values).Sum(tensor => tensor.NumberOfElements * tensor.ElementSize);
        }
    }

    /// <inheritdoc/>
    public bool TryRead(CacheKey key, [NotNullWhen(true)] out IReadOnlyDictionary<string, Tensor>? tensors)
    {
        lock (_lock)
        {
            // other handles of the same memory: the caller may dispose them
            tensors = _values.TryGetValue(key, out var value) ? value.ToDictionary(pair => pair.Key, pair => pair.Value.alias()) : null;
            return tensors is not null;
        }
    }

    /// <inheritdoc/>
    public void Write(CacheKey key, IReadOnlyDictionary<string, Tensor> tensors)
    {
        ArgumentNullException.ThrowIfNull(tensors);
        using var scope = NewDisposeScope();
        var copies = tensors.ToDictionary(pair => pair.Key, pair => pair.Value.detach().to(CPU, copy: true).contiguous().DetachFromDisposeScope());
        lock (_lock)
        {
            if (_values.Remove(key, out var old)) Dispose(old);
            _values.Add(key, copies);
        }
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            foreach (var value in _values.Values) Dispose(value);
            _values.Clear();
        }
    }

    private static void Dispose(Dictionary<string, Tensor> value)
    {
        foreach (var tensor in value.Values) tensor.Dispose();
    }
}
