using System.Diagnostics.CodeAnalysis;
using static TorchSharp.torch;

namespace LoraBridge.Diffusion.Text;

/// <summary>Keeps the most recently used tensors and disposes the others.</summary>
internal sealed class ConditioningCache(int capacity)
{
    private readonly Dictionary<string, LinkedListNode<(string Key, Tensor Value)>> _entries = new(StringComparer.Ordinal);
    private readonly LinkedList<(string Key, Tensor Value)> _byUse = new();

    /// <returns>A tensor of the caller's own, in no scope, that shares the kept one's values.</returns>
    public bool TryGet(string key, [NotNullWhen(true)] out Tensor? value)
    {
        value = null;
        if (!_entries.TryGetValue(key, out var node)) return false;
        _byUse.Remove(node);
        _byUse.AddFirst(node);
        value = node.Value.Value.alias().DetachFromDisposeScope();
        return true;
    }

    public void Add(string key, Tensor value)
    {
        if (capacity < 1) return;
        _entries[key] = _byUse.AddFirst((key, value.alias().DetachFromDisposeScope()));
        if (_byUse.Count > capacity) Remove(_byUse.Last!);
    }

    public void Clear()
    {
        while (_byUse.Last is { } node) Remove(node);
    }

    private void Remove(LinkedListNode<(string Key, Tensor Value)> node)
    {
        _byUse.Remove(node);
        _entries.Remove(node.Value.Key);
        node.Value.Value.Dispose();
    }
}
