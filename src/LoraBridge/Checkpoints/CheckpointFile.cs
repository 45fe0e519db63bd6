using static TorchSharp.torch;

namespace LoraBridge.Checkpoints;

/// <summary>A file of named tensors: safetensors, or a torch pickle read without running any of it.</summary>
/// <remarks>Opening reads the names only. Reading is safe from several threads at once.</remarks>
public abstract class CheckpointFile : IDisposable
{
    private protected CheckpointFile(
        string path, IReadOnlyDictionary<string, TensorEntry> tensors, IReadOnlyDictionary<string, string> metadata)
    {
        Path = path;
        Tensors = tensors;
        Metadata = metadata;
    }

    /// <summary>Opens a checkpoint of any kind, told by its content and not by its name.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="CheckpointFormatException">The file breaks its format, or would run code if loaded by torch.</exception>
    public static CheckpointFile Open(string path)
    {
        return CheckpointKinds.Of(path) switch
        {
            CheckpointKind.Safetensors => SafetensorsFile.Open(path),
            _ => throw new CheckpointFormatException(path, "it is neither safetensors nor a torch pickle"),
        };
    }

    /// <summary>The file, as it was given.</summary>
    public string Path { get; }

    /// <summary>Every tensor by its key, in the order of the data.</summary>
    public IReadOnlyDictionary<string, TensorEntry> Tensors { get; }

    /// <summary>The file's own remarks, all of them text; empty when it has none.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>Reads one tensor as a copy in the file's own dtype; the caller disposes it.</summary>
    /// <remarks>
    /// Types torch lacks are widened without loss: 8-bit floats to half (powers of two to single),
    /// unsigned integers to the next wider signed type.
    /// </remarks>
    /// <exception cref="KeyNotFoundException">The file has no such tensor.</exception>
    public abstract Tensor Read(string name, Device? device = null);

    /// <summary>The description of one tensor.</summary>
    /// <exception cref="KeyNotFoundException">The file has no such tensor.</exception>
    public TensorEntry Entry(string name) =>
        Tensors.TryGetValue(name, out var entry) ? entry : throw new KeyNotFoundException($"{Path} has no tensor '{name}'.");

    /// <summary>Closes the file; tensors read from it live on.</summary>
    public void Dispose()
    {
        Close();
        GC.SuppressFinalize(this);
    }

    private protected abstract void Close();
}
