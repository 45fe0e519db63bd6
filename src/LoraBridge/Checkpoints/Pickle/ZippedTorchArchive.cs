using System.Text;

namespace LoraBridge.Checkpoints.Pickle;

/// <summary>The format of torch 1.6 and later: a zip with <c>data.pkl</c> and a file for each storage, all in one folder of any name.</summary>
internal sealed class ZippedTorchArchive : TorchArchive
{
    private const string PickleName = "data.pkl";

    private readonly ZipDirectory _zip;
    private readonly string _folder;

    public ZippedTorchArchive(FileRange file, PickleAllowList allowList) : base(file)
    {
        _zip = ZipDirectory.Read(file);
        var pickle = FindPickle();
        _folder = pickle.Name[..^PickleName.Length];
        CheckByteOrder();
        using var stream = pickle.Deflated ? new MemoryStream(Inflated(pickle)) : _zip.OpenStored(pickle);
        Root = PickleReader.Read(stream, file.Path, allowList, Checked);
    }

    public override void Read(PickledStorage storage, long offset, Span<byte> destination) => _zip.Read(Entry(storage), offset, destination);

    private ZipEntry FindPickle()
    {
        const string Cure = "Get the model as safetensors";
        var pickles = _zip.Entries.Values.Where(entry => entry.Name == PickleName || entry.Name.EndsWith("/" + PickleName, StringComparison.Ordinal)).Take(2).ToList();
        if (_zip.Entries.Keys.Any(name => name.EndsWith("constants.pkl", StringComparison.Ordinal)))
            throw new CheckpointFormatException(File.Path, "this is a TorchScript program, not a checkpoint", Cure);
        return pickles switch
        {
            [var pickle] => pickle,
            [] => throw new CheckpointFormatException(File.Path, "this zip has no data.pkl: torch did not write it", Cure),
            _ => throw new CheckpointFormatException(File.Path, "this zip has more than one data.pkl", Cure),
        };
    }

    /// <summary>A deflated pickle, which may claim a thousand times its size, up to a size that no real one reaches.</summary>
    private byte[] Inflated(ZipEntry pickle)
    {
        const int MaxLength = 1 << 24;
        if (pickle.Length > MaxLength || pickle.Length > 1100 * (pickle.StoredLength + 1))
            throw new CheckpointFormatException(File.Path, $"its pickle of {pickle.StoredLength:N0} bytes would inflate to {pickle.Length:N0}", "Get the model as safetensors");
        var bytes = new byte[pickle.Length];
        _zip.Read(pickle, 0, bytes);
        return bytes;
    }

    private void CheckByteOrder()
    {
        if (!_zip.Entries.TryGetValue(_folder + "byteorder", out var entry)) return;
        Span<byte> text = stackalloc byte[(int)Math.Min(entry.Length, 16)];
        _zip.Read(entry, 0, text);
        var order = Encoding.Latin1.GetString(text);
        if (order != "little")
            throw new CheckpointFormatException(File.Path, $"its numbers are stored in '{order}' byte order", "Save it again on a little-endian machine");
    }

    private PickledStorage Checked(object? reference)
    {
        var storage = Storage(reference);
        var length = Entry(storage).Length;
        if (storage.Count > length / storage.ElementSize)
            throw new CheckpointFormatException(File.Path, $"the storage '{SafetensorsHeader.Shown(storage.Key)}' should have {storage.Count:N0} elements of {storage.Type.FormatName()} and has {length:N0} bytes");
        return storage;
    }

    private ZipEntry Entry(PickledStorage storage) => _zip.Entries.TryGetValue($"{_folder}data/{storage.Key}", out var entry)
        ? entry
        : throw new CheckpointFormatException(File.Path, $"the storage '{SafetensorsHeader.Shown(storage.Key)}' is not in the zip");
}
