using static TorchSharp.torch;

namespace LoraBridge.Checkpoints;

/// <summary>A safetensors file. Opening reads its header alone; each tensor is read when it is asked for.</summary>
public sealed class SafetensorsFile : CheckpointFile
{
    private readonly FileRange _file;

    private SafetensorsFile(FileRange file, SafetensorsHeader header) : base(file.Path, header.Tensors, header.Metadata)
    {
        _file = file;
        HasMetadata = header.HasMetadata;
        DataStart = header.DataStart;
        DataLength = file.Length - header.DataStart;
    }

    /// <summary>Opens a safetensors file and checks its header against every rule of the format.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="CheckpointFormatException">The header breaks a rule, or the data does not fit it.</exception>
    public static new SafetensorsFile Open(string path)
    {
        var file = FileRange.Open(path);
        try
        {
            return new SafetensorsFile(file, SafetensorsHeader.Read(file));
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Whether the header has a metadata object, be it empty.</summary>
    public bool HasMetadata { get; }

    /// <summary>Where the data buffer begins in the file, in bytes.</summary>
    public long DataStart { get; }

    /// <summary>The length of the data buffer in bytes.</summary>
    public long DataLength { get; }

    /// <inheritdoc/>
    public override Tensor Read(string name, Device? device = null)
    {
        var entry = Entry(name);
        return TensorReader.Read(entry, Path, (offset, destination) => _file.Read(DataStart + entry.Begin + offset, destination), device);
    }

    /// <summary>Copies bytes of the data buffer as they lie in the file, from an offset of the buffer.</summary>
    public void ReadData(long offset, Span<byte> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, DataLength - destination.Length);
        _file.Read(DataStart + offset, destination);
    }

    private protected override void Close() => _file.Dispose();
}
