using System.Buffers.Binary;
using System.Numerics;

namespace LoraBridge.Checkpoints.Pickle;

/// <summary>
/// The format of torch up to 1.5: pickles one behind the other (a magic number, the version, facts of the machine, the data, the order
/// of the storages), then each storage as its element count and its bytes.
/// </summary>
internal sealed class LegacyTorchArchive : TorchArchive
{
    private const long Version = 1001;

    private static readonly BigInteger s_magic = BigInteger.Parse("119547037146038801333356");   // what torch chose

    private readonly Dictionary<string, TensorType> _types = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _needed = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long> _offsets = new(StringComparer.Ordinal);

    public LegacyTorchArchive(FileRange file, PickleAllowList allowList) : base(file)
    {
        var input = new PickleInput(file.Stream(0, file.Length), file.Path);
        if (PickleReader.Read(input, allowList) is not BigInteger magic || magic != s_magic)
            throw new CheckpointFormatException(file.Path, "this is a pickle, but torch.save did not write it", "Get the model as safetensors");
        if (PickleReader.Read(input, allowList) is not Version)
            throw new CheckpointFormatException(file.Path, "this is an old torch file of an unknown version");
        if (PickleReader.Read(input, allowList) is not PickledMapping machine || machine.Find("little_endian") is not true)
            throw new CheckpointFormatException(file.Path, "its numbers are not stored in little-endian order", "Save it again on a little-endian machine");

        Root = PickleReader.Read(input, allowList, Remembered);
        if (PickleReader.Read(input, allowList) is not List<object?> keys)
            throw new CheckpointFormatException(file.Path, "its list of storages is not a list");
        FindStorages(keys, input.Position);
    }

    public override void Read(PickledStorage storage, long offset, Span<byte> destination) =>
        File.Read(_offsets[storage.Key] + storage.Offset * storage.ElementSize + offset, destination);

    /// <summary>The storages come behind the pickle: what it claims of them is written down and held against them later.</summary>
    private PickledStorage Remembered(object? reference)
    {
        var storage = Storage(reference);
        // the sixth member, when it is there, makes the storage a part of a larger one: (key, offset, count)
        if (reference is PickledTuple { Items: [_, _, _, _, _, PickledTuple view, ..] })
        {
            if (view.Items is not [_, long offset, long count] || offset < 0 || count < 0 || offset > storage.Count - count)
                throw new CheckpointFormatException(File.Path, $"a part of the storage '{SafetensorsHeader.Shown(storage.Key)}' lies outside it");
            Note(storage);
            return storage with { Offset = offset, Count = count };
        }
        Note(storage);
        return storage;
    }

    private void Note(PickledStorage storage)
    {
        if (storage.Count > File.Length / storage.ElementSize)
            throw new CheckpointFormatException(File.Path, $"the storage '{SafetensorsHeader.Shown(storage.Key)}' should have {storage.Count:N0} elements, more than the file has bytes");
        if (_types.TryAdd(storage.Key, storage.Type)) _needed[storage.Key] = storage.Count;
        else if (_types[storage.Key] != storage.Type || _needed[storage.Key] != storage.Count)
            throw new CheckpointFormatException(File.Path, $"the storage '{SafetensorsHeader.Shown(storage.Key)}' is described in two ways");
    }

    private void FindStorages(List<object?> keys, long position)
    {
        const string Incomplete = "The download or copy is incomplete: fetch it again";
        Span<byte> prefix = stackalloc byte[8];
        foreach (var item in keys)
        {
            if (item is not string key || !_types.TryGetValue(key, out var type))
                throw new CheckpointFormatException(File.Path, "it has a storage that no tensor looks into");
            if (position > File.Length - prefix.Length) throw new CheckpointFormatException(File.Path, $"the storage '{SafetensorsHeader.Shown(key)}' is missing", Incomplete);
            File.Read(position, prefix);
            var count = BinaryPrimitives.ReadInt64LittleEndian(prefix);
            position += prefix.Length;
            if (count != _needed[key])
                throw new CheckpointFormatException(File.Path, $"the storage '{SafetensorsHeader.Shown(key)}' has {count:N0} elements where {_needed[key]:N0} were promised");
            var missing = count * (type.Bits() / 8) - (File.Length - position);
            if (missing > 0) throw new CheckpointFormatException(File.Path, $"{missing:N0} bytes of the storage '{SafetensorsHeader.Shown(key)}' are missing", Incomplete);
            _offsets[key] = position;
            position += count * (type.Bits() / 8);
        }
        if (_types.Keys.FirstOrDefault(key => !_offsets.ContainsKey(key)) is { } lost)
            throw new CheckpointFormatException(File.Path, $"the storage '{SafetensorsHeader.Shown(lost)}' is not in the file");
    }
}
