using System.Buffers.Binary;

namespace EmojiDiffusion.Fonts;

/// <summary>The tables of an OpenType font file, by their four letters.</summary>
internal sealed class FontTables
{
    private const int HeaderBytes = 12, RecordBytes = 16;

    private readonly Dictionary<string, ReadOnlyMemory<byte>> _tables = new(StringComparer.Ordinal);
    private readonly string _name;

    /// <summary>Reads the directory at the head of a font.</summary>
    /// <param name="file">The whole file.</param>
    /// <param name="name">What errors call it.</param>
    /// <exception cref="InvalidDataException">A table lies outside the file.</exception>
    public FontTables(ReadOnlyMemory<byte> file, string name)
    {
        _name = name;
        var bytes = file.Span;
        if (bytes.Length < HeaderBytes) throw Broken("it has no table directory");
        var count = BinaryPrimitives.ReadUInt16BigEndian(bytes[4..]);
        if (bytes.Length < HeaderBytes + (count * RecordBytes)) throw Broken("its table directory is cut short");
        for (var i = 0; i < count; i++)
        {
            var record = bytes.Slice(HeaderBytes + (i * RecordBytes), RecordBytes);
            var tag = System.Text.Encoding.ASCII.GetString(record[..4]);
            var (offset, length) = (BinaryPrimitives.ReadUInt32BigEndian(record[8..]), BinaryPrimitives.ReadUInt32BigEndian(record[12..]));
            if ((long)offset + length > file.Length) throw Broken($"its table '{tag}' lies outside the file");
            _tables[tag] = file.Slice((int)offset, (int)length);
        }
    }

    /// <summary>Reads a font file.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is no OpenType font.</exception>
    public static FontTables Read(string path) => new(File.ReadAllBytes(path), path);

    /// <summary>A table's bytes.</summary>
    /// <exception cref="InvalidDataException">The font has no such table.</exception>
    public BigEndian this[string tag] => _tables.TryGetValue(tag, out var table) ? new(table) : throw Broken($"it has no table '{tag}'; take Debian's NotoColorEmoji.ttf, a font of bitmaps");

    /// <summary>Whether there is such a table.</summary>
    public bool Has(string tag) => _tables.ContainsKey(tag);

    private InvalidDataException Broken(string reason) => new($"{_name} cannot be used as an emoji font: {reason}.");
}

/// <summary>Numbers of a font's table, most significant byte first, at offsets from the table's begin.</summary>
/// <param name="bytes">The table, or a part of it.</param>
internal readonly struct BigEndian(ReadOnlyMemory<byte> bytes)
{
    /// <summary>The bytes themselves.</summary>
    public ReadOnlyMemory<byte> Bytes => bytes;

    public byte U8(long at) => bytes.Span[(int)at];

    public ushort U16(long at) => BinaryPrimitives.ReadUInt16BigEndian(bytes.Span[(int)at..]);

    public uint U32(long at) => BinaryPrimitives.ReadUInt32BigEndian(bytes.Span[(int)at..]);

    /// <summary>The part from an offset on.</summary>
    public BigEndian From(long at) => new(bytes[(int)at..]);
}
