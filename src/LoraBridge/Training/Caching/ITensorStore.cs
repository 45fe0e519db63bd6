using System.Diagnostics.CodeAnalysis;
using static TorchSharp.torch;

namespace LoraBridge.Training.Caching;

/// <summary>Where cached tensors lie, by the key of what they were made from. May be used from many threads.</summary>
public interface ITensorStore : IDisposable
{
    /// <summary>Reads a value; what is missing, cut short, damaged or somebody else's is not there.</summary>
    /// <param name="key">Its key.</param>
    /// <param name="tensors">Its tensors by name, on the CPU; they belong to the caller's scope, or to the caller where there is none.</param>
    bool TryRead(CacheKey key, [NotNullWhen(true)] out IReadOnlyDictionary<string, Tensor>? tensors);

    /// <summary>Keeps a copy of the tensors under the key; what was there is replaced.</summary>
    /// <exception cref="IOException">The disk is full or cannot be written.</exception>
    void Write(CacheKey key, IReadOnlyDictionary<string, Tensor> tensors);
}
