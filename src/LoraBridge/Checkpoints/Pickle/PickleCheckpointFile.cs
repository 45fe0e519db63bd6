using static TorchSharp.torch;

namespace LoraBridge.Checkpoints.Pickle;

/// <summary>
/// A file of torch.save's (.ckpt, .pt, .bin), read as data: nothing in it is ever run, and a file that asks for more is refused.
/// </summary>
public sealed class PickleCheckpointFile : CheckpointFile
{
    private readonly FileRange _file;
    private readonly TorchArchive _archive;
    private readonly Dictionary<string, PickledTensor> _views;

    private PickleCheckpointFile(FileRange file, TorchArchive archive, StateDictionary state) : base(file.Path, state.Entries, state.Metadata)
    {
        _file = file;
        _archive = archive;
        _views = state.Tensors;
        Ignored = state.Ignored;
    }

    /// <summary>Opens a file of torch.save's and reads all of it but the numbers.</summary>
    /// <param name="path">The file.</param>
    /// <param name="allowList">The names it may mention; the default list when null.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="CheckpointFormatException">The file is broken, holds no dictionary, or mentions a name that is not on the list.</exception>
    public static PickleCheckpointFile Open(string path, PickleAllowList? allowList = null)
    {
        var kind = CheckpointKinds.Of(path);
        if (kind == CheckpointKind.Safetensors) throw new CheckpointFormatException(path, "this is not a file of torch.save's");
        var file = FileRange.Open(path);
        try
        {
            var archive = TorchArchive.Open(file, kind, allowList ?? PickleAllowList.Default);
            return new PickleCheckpointFile(file, archive, StateDictionary.Of(archive.Root, path));
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Everything that was saved, as plain data; its tensors can be given to <see cref="Read(PickledTensor, Device?)"/>.</summary>
    public object? Root => _archive.Root;

    /// <summary>Entries that are neither tensors nor plain text and numbers.</summary>
    public IReadOnlyList<string> Ignored { get; }

    /// <inheritdoc/>
    public override Tensor Read(string name, Device? device = null) => Read(Entry(name), _views[name], device);

    /// <summary>Reads a tensor from anywhere in <see cref="Root"/> as a copy in row order; the caller disposes it.</summary>
    public Tensor Read(PickledTensor tensor, Device? device = null)
    {
        ArgumentNullException.ThrowIfNull(tensor);
        return Read(StateDictionary.Entry("(unnamed)", tensor), tensor, device);
    }

    private Tensor Read(TensorEntry entry, PickledTensor view, Device? device)
    {
        if (view.IsContiguous)
            return TensorReader.Read(entry, Path, (offset, destination) => _archive.Read(view.Storage, entry.Begin + offset, destination), device);
        var packed = PickledView.Pack(view, Path, (offset, destination) => _archive.Read(view.Storage, offset, destination));
        return TensorReader.Read(entry, Path, (offset, destination) => packed.AsSpan((int)offset, destination.Length).CopyTo(destination), device);
    }

    private protected override void Close() => _file.Dispose();
}
