namespace LoraBridge.Checkpoints.Pickle;

/// <summary>A file that torch.save wrote: one pickle, and the storages its tensors look into.</summary>
internal abstract class TorchArchive(FileRange file)
{
    /// <summary>What was saved, as plain data.</summary>
    public object? Root { get; private protected set; }

    /// <summary>Copies bytes of a storage from an offset in it.</summary>
    public abstract void Read(PickledStorage storage, long offset, Span<byte> destination);

    /// <summary>Reads the pickle of a file of either format.</summary>
    public static TorchArchive Open(FileRange file, CheckpointKind kind, PickleAllowList allowList) =>
        kind == CheckpointKind.ZippedPickle ? new ZippedTorchArchive(file, allowList) : new LegacyTorchArchive(file, allowList);

    private protected FileRange File => file;

    /// <summary>Reads a reference to a storage: <c>("storage", type, key, location, count, …)</c>.</summary>
    private protected PickledStorage Storage(object? reference)
    {
        if (reference is not PickledTuple { Items: ["storage", PickledGlobal { Meaning: PickledMeaning.Storage, Type: { } type }, string key, _, long count, ..] } || count < 0)
            throw new CheckpointFormatException(file.Path, "its pickle refers to something that is not a storage of numbers");
        return new PickledStorage(key, type, count);
    }
}
