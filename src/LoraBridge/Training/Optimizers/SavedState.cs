using System.Globalization;
using LoraBridge.Checkpoints;
using static TorchSharp.torch;

namespace LoraBridge.Training.Optimizers;

/// <summary>What a part of the trainer must keep to go on as if it had never stopped: named tensors, copied to the processor's memory, and named numbers.</summary>
public sealed class SavedState : IDisposable
{
    private readonly Dictionary<string, Tensor> _tensors = [];
    private readonly Dictionary<string, double> _scalars = [];

    /// <summary>The tensors by name, on the CPU; they belong to this object.</summary>
    public IReadOnlyDictionary<string, Tensor> Tensors => _tensors;

    /// <summary>The numbers by name.</summary>
    public IReadOnlyDictionary<string, double> Scalars => _scalars;

    /// <summary>Keeps a copy of a tensor, wherever it lies.</summary>
    public void Add(string name, Tensor tensor)
    {
        using var scope = NewDisposeScope();
        _tensors.Add(name, tensor.detach().to(CPU, copy: true).contiguous().DetachFromDisposeScope());
    }

    /// <summary>Keeps a number.</summary>
    public void Add(string name, double scalar) => _scalars.Add(name, scalar);

    /// <summary>Takes a part's state over, every name behind the prefix; the part is empty afterwards.</summary>
    public void Add(string prefix, SavedState part)
    {
        foreach (var (name, tensor) in part._tensors) _tensors.Add(prefix + name, tensor);
        foreach (var (name, scalar) in part._scalars) _scalars.Add(prefix + name, scalar);
        part._tensors.Clear();
        part._scalars.Clear();
    }

    /// <summary>The part behind a prefix; it shares this state's memory and is disposed by itself.</summary>
    public SavedState Part(string prefix)
    {
        var part = new SavedState();
        foreach (var (name, tensor) in _tensors)
            if (name.StartsWith(prefix, StringComparison.Ordinal)) part._tensors.Add(name[prefix.Length..], tensor.alias().DetachFromDisposeScope());
        foreach (var (name, scalar) in _scalars)
            if (name.StartsWith(prefix, StringComparison.Ordinal)) part._scalars.Add(name[prefix.Length..], scalar);
        return part;
    }

    /// <summary>A number by name.</summary>
    /// <exception cref="InvalidDataException">There is none.</exception>
    public double Scalar(string name) => _scalars.TryGetValue(name, out var scalar) ? scalar : throw Missing(name);

    /// <summary>Copies a tensor into one of the same shape and type.</summary>
    /// <exception cref="InvalidDataException">There is none of that name, or it has another shape or type.</exception>
    public void CopyTo(string name, Tensor target)
    {
        if (!_tensors.TryGetValue(name, out var tensor)) throw Missing(name);
        if (tensor.dtype != target.dtype || !tensor.shape.SequenceEqual(target.shape))
            throw new InvalidDataException($"The saved state's '{name}' is {tensor.dtype} [{string.Join(", ", tensor.shape)}], but {target.dtype} [{string.Join(", ", target.shape)}] is needed: resume with the settings it was saved with.");
        using var frozen = no_grad();
        target.copy_(tensor);
    }

    /// <summary>Writes a safetensors file; numbers stand in its metadata with all their digits.</summary>
    public void Write(string path) =>
        SafetensorsWriter.Write(path, _tensors, _scalars.ToDictionary(pair => pair.Key, pair => pair.Value.ToString("R", CultureInfo.InvariantCulture)));

    /// <summary>Reads a file that <see cref="Write"/> wrote.</summary>
    /// <param name="path">The file.</param>
    /// <param name="marks">Numbers that every such file has, by which another is told before its tensors are read.</param>
    /// <exception cref="InvalidDataException">A number of its metadata is missing or cannot be read.</exception>
    public static SavedState Read(string path, params IEnumerable<string> marks)
    {
        using var file = CheckpointFile.Open(path);
        if (marks.FirstOrDefault(mark => !file.Metadata.ContainsKey(mark)) is { } missing)
            throw new InvalidDataException($"{path} has no number '{missing}': this is no saved state.");
        var state = new SavedState();
        foreach (var (name, text) in file.Metadata)
        {
            if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var scalar))
                throw new InvalidDataException($"{path}: '{name}' should be a number, but is '{text}'; this is no saved state.");
            state._scalars.Add(name, scalar);
        }
        foreach (var name in file.Tensors.Keys) state._tensors.Add(name, file.Read(name).DetachFromDisposeScope());
        return state;
    }

    /// <summary>Disposes the tensors.</summary>
    public void Dispose()
    {
        foreach (var tensor in _tensors.Values) tensor.Dispose();
        _tensors.Clear();
    }

    private static InvalidDataException Missing(string name) =>
        new($"The saved state has no '{name}': resume with the optimizer and the layers it was saved with.");
}
