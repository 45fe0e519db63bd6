using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace LoraBridge.Checkpoints.Pickle;

/// <summary>A file inside a zip.</summary>
/// <param name="Name">Its path there.</param>
/// <param name="Deflated">Whether it is compressed; if not, its bytes lie in the zip as they are.</param>
/// <param name="HeaderOffset">Where its own header begins in the zip.</param>
/// <param name="StoredLength">Bytes it takes in the zip.</param>
/// <param name="Length">Bytes it has.</param>
internal sealed record ZipEntry(string Name, bool Deflated, long HeaderOffset, long StoredLength, long Length);

/// <summary>The directory of a zip (also of more than 4 GiB), which tells where each stored file's bytes lie.</summary>
internal sealed class ZipDirectory
{
    private const uint EndSignature = 0x06054b50, End64LocatorSignature = 0x07064b50, End64Signature = 0x06064b50;
    private const uint CentralSignature = 0x02014b50, LocalSignature = 0x04034b50;
    private const int EndLength = 22, End64LocatorLength = 20, End64Length = 56, CentralLength = 46, LocalLength = 30;
    private const int MaxDirectory = 1 << 26;

    private readonly FileRange _file;
    private readonly Dictionary<string, ZipEntry> _entries = new(StringComparer.Ordinal);

    private ZipDirectory(FileRange file) => _file = file;

    public IReadOnlyDictionary<string, ZipEntry> Entries => _entries;

    public static ZipDirectory Read(FileRange file)
    {
        var zip = new ZipDirectory(file);
        var (begin, length, count) = zip.FindDirectory();
        if (begin < 0 || length < 0 || begin > file.Length - length) throw zip.Broken("its directory lies outside the file");
        if (length > MaxDirectory) throw zip.Broken($"its directory takes {length:N0} bytes");
        var directory = new byte[length];
        file.Read(begin, directory);
        zip.ReadEntries(directory, count);
        return zip;
    }

    /// <summary>Copies bytes of a stored or deflated file from an offset in it.</summary>
    public void Read(ZipEntry entry, long offset, Span<byte> destination)
    {
        if (offset > entry.Length - destination.Length) throw Broken($"{entry.Name} ends before byte {offset + destination.Length:N0}");
        if (!entry.Deflated)
        {
            _file.Read(DataBegin(entry) + offset, destination);
            return;
        }
        using var stream = new DeflateStream(OpenStored(entry), CompressionMode.Decompress);
        var skipped = new byte[1 << 16];
        try
        {
            for (var left = offset; left > 0;)
            {
                var part = skipped.AsSpan(0, (int)Math.Min(left, skipped.Length));
                stream.ReadExactly(part);
                left -= part.Length;
            }
            stream.ReadExactly(destination);
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException)
        {
            throw new CheckpointFormatException(_file.Path, $"{entry.Name} in the zip cannot be inflated", "Fetch the file again", e);
        }
    }

    /// <summary>A stream of a stored file's bytes.</summary>
    public Stream OpenStored(ZipEntry entry)
    {
        var begin = DataBegin(entry);
        return _file.Stream(begin, begin + entry.StoredLength);
    }

    private (long Begin, long Length, ulong Count) FindDirectory()
    {
        var tail = new byte[Math.Min(_file.Length, EndLength + ushort.MaxValue)];
        _file.Read(_file.Length - tail.Length, tail);
        for (var at = tail.Length - EndLength; at >= 0; at--)
        {
            var end = tail.AsSpan(at);
            if (UInt32(end, 0) != EndSignature || UInt16(end, 20) != end.Length - EndLength) continue;
            var (count, length, begin) = ((ulong)UInt16(end, 10), (long)UInt32(end, 12), (long)UInt32(end, 16));
            return count == ushort.MaxValue || length == uint.MaxValue || begin == uint.MaxValue
                ? FindDirectory64(_file.Length - tail.Length + at - End64LocatorLength)
                : (begin, length, count);
        }
        throw new CheckpointFormatException(_file.Path, "it begins like a zip and has no directory at its end", "The download or copy is incomplete: fetch it again");
    }

    private (long Begin, long Length, ulong Count) FindDirectory64(long locatorAt)
    {
        if (locatorAt < 0) throw Broken("its directory of over 4 GiB is not to be found");
        Span<byte> locator = stackalloc byte[End64LocatorLength];
        _file.Read(locatorAt, locator);
        var at = Int64(locator, 8);
        if (UInt32(locator, 0) != End64LocatorSignature || at < 0 || at > _file.Length - End64Length) throw Broken("its directory of over 4 GiB is not to be found");
        Span<byte> end = stackalloc byte[End64Length];
        _file.Read(at, end);
        if (UInt32(end, 0) != End64Signature) throw Broken("its directory of over 4 GiB is not to be found");
        return (Int64(end, 48), Int64(end, 40), BinaryPrimitives.ReadUInt64LittleEndian(end[32..]));
    }

    private void ReadEntries(ReadOnlySpan<byte> directory, ulong count)
    {
        for (var i = 0ul; i < count; i++)
        {
            if (directory.Length < CentralLength || UInt32(directory, 0) != CentralSignature) throw Broken("its directory is cut short");
            int nameLength = UInt16(directory, 28), extraLength = UInt16(directory, 30), commentLength = UInt16(directory, 32);
            if (directory.Length < CentralLength + nameLength + extraLength + commentLength) throw Broken("its directory is cut short");

            var name = Encoding.UTF8.GetString(directory.Slice(CentralLength, nameLength));
            if ((UInt16(directory, 8) & 1) != 0) throw Broken($"{name} is encrypted");
            var method = UInt16(directory, 10);
            if (method is not (0 or 8)) throw Broken($"{name} is compressed by a method (number {method}) that torch does not use");
            var entry = WithLengths(name, method == 8, directory, directory.Slice(CentralLength + nameLength, extraLength));
            if (!entry.Deflated && entry.StoredLength != entry.Length) throw Broken($"{name} is stored and yet has two lengths");
            if (!_entries.TryAdd(name, entry)) throw Broken($"{name} stands twice in it");
            directory = directory[(CentralLength + nameLength + extraLength + commentLength)..];
        }
    }

    private ZipEntry WithLengths(string name, bool deflated, ReadOnlySpan<byte> central, ReadOnlySpan<byte> extra)
    {
        long stored = UInt32(central, 20), length = UInt32(central, 24), offset = UInt32(central, 42);
        var wide = WideFields(extra);
        // the wide field holds only those numbers that the narrow ones could not, in this order
        Widen(ref length, ref wide);
        Widen(ref stored, ref wide);
        Widen(ref offset, ref wide);
        if (length < 0 || stored < 0 || offset < 0 || offset > _file.Length - LocalLength || stored > _file.Length) throw Broken($"{name} lies outside the file");
        return new ZipEntry(name, deflated, offset, stored, length);
    }

    private static ReadOnlySpan<byte> WideFields(ReadOnlySpan<byte> extra)
    {
        while (extra.Length >= 4)
        {
            int id = UInt16(extra, 0), length = UInt16(extra, 2);
            if (extra.Length < 4 + length) break;
            if (id == 1) return extra.Slice(4, length);
            extra = extra[(4 + length)..];
        }
        return [];
    }

    private static void Widen(ref long number, ref ReadOnlySpan<byte> wide)
    {
        if (number != uint.MaxValue || wide.Length < 8) return;
        number = Int64(wide, 0);
        wide = wide[8..];
    }

    /// <summary>The local header repeats the name and has extra fields of its own (torch aligns by them).</summary>
    private long DataBegin(ZipEntry entry)
    {
        Span<byte> local = stackalloc byte[LocalLength];
        _file.Read(entry.HeaderOffset, local);
        var begin = entry.HeaderOffset + LocalLength + UInt16(local, 26) + UInt16(local, 28);
        if (UInt32(local, 0) != LocalSignature || begin > _file.Length - entry.StoredLength) throw Broken($"{entry.Name} is not where its directory says");
        return begin;
    }

    private CheckpointFormatException Broken(string what) => new(_file.Path, $"the zip is broken: {what}", "Fetch the file again");

    private static ushort UInt16(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);

    private static uint UInt32(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);

    private static long Int64(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadInt64LittleEndian(bytes[at..]);
}
