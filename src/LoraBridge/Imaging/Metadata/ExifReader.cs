using System.Buffers.Binary;
using System.Text;

namespace LoraBridge.Imaging.Metadata;

/// <summary>
/// The two EXIF tags that matter here: orientation and UserComment. EXIF is a small TIFF file: a byte order, an offset, directories of
/// 12-byte entries. Anything odd in it reads as "not there": a picture is not lost over its metadata.
/// </summary>
internal sealed class ExifReader
{
    private const int OrientationTag = 0x0112, ExifDirectoryTag = 0x8769, UserCommentTag = 0x9286;
    private const int ShortType = 3, LongType = 4;

    /// <summary>1 to 8; 1 when absent or out of range.</summary>
    public int Orientation { get; private set; } = 1;

    /// <summary>The UserComment's text, or null.</summary>
    public string? UserComment { get; private set; }

    /// <param name="block">An EXIF block, with or without its <c>Exif\0\0</c> prefix.</param>
    public static ExifReader Read(ReadOnlySpan<byte> block)
    {
        if (block.StartsWith("Exif\0\0"u8))
            block = block[6..];
        var exif = new ExifReader();
        if (block.Length < 8)
            return exif;
        var bigEndian = block.StartsWith("MM\0*"u8);
        if (bigEndian || block.StartsWith("II*\0"u8))
            exif.ReadDirectory(block, U32(block[4..], bigEndian), bigEndian, nested: false);
        return exif;
    }

    private void ReadDirectory(ReadOnlySpan<byte> block, uint offset, bool bigEndian, bool nested)
    {
        if (offset < 8 || offset > block.Length - 2)
            return;
        var directory = block[(int)offset..];
        var count = Math.Min(U16(directory, bigEndian), (directory.Length - 2) / 12);
        for (var i = 0; i < count; i++)
        {
            var entry = directory.Slice(2 + 12 * i, 12);
            var (tag, type) = (U16(entry, bigEndian), U16(entry[2..], bigEndian));
            var (length, value) = (U32(entry[4..], bigEndian), U32(entry[8..], bigEndian));
            if (tag == OrientationTag && !nested && length == 1)
                ReadOrientation(type == ShortType ? U16(entry[8..], bigEndian) : (int)value);
            else if (tag == ExifDirectoryTag && type == LongType && !nested)
                ReadDirectory(block, value, bigEndian, nested: true);
            else if (tag == UserCommentTag && length > 4 && value <= block.Length && length <= block.Length - value)
                UserComment = Decode(block.Slice((int)value, (int)length));
        }
    }

    private void ReadOrientation(int value)
    {
        if (value is >= 1 and <= 8)
            Orientation = value;
    }

    // The first 8 bytes name the character set. For UNICODE the standard leaves the byte order open: the WebUI and most tools write
    // big-endian whatever the block's own order, some follow the block. Prompts are mostly Latin letters, whose zero bytes tell.
    private static string? Decode(ReadOnlySpan<byte> value)
    {
        if (value.Length < 8)
            return null;
        var set = value[..8];
        var text = value[8..];
        string decoded;
        if (set.SequenceEqual("UNICODE\0"u8))
        {
            text = text[..(text.Length & ~1)];
            decoded = (LooksBigEndian(text) ? Encoding.BigEndianUnicode : Encoding.Unicode).GetString(text).TrimStart('\uFEFF');
        }
        else if (set.SequenceEqual("ASCII\0\0\0"u8) || set.IndexOfAnyExcept((byte)0) < 0)
        {
            decoded = Encoding.UTF8.GetString(text);
        }
        else
        {
            return null;
        }
        return decoded.TrimEnd('\0');
    }

    private static bool LooksBigEndian(ReadOnlySpan<byte> text)
    {
        if (text.StartsWith([(byte)0xfe, (byte)0xff]))
            return true;
        if (text.StartsWith([(byte)0xff, (byte)0xfe]))
            return false;
        int high = 0, low = 0;
        for (var i = 0; i + 1 < text.Length; i += 2)
        {
            high += text[i] == 0 ? 1 : 0;
            low += text[i + 1] == 0 ? 1 : 0;
        }
        return high >= low; // without a Latin letter there is nothing to go by: the WebUI's order
    }

    private static ushort U16(ReadOnlySpan<byte> at, bool bigEndian) =>
        bigEndian ? BinaryPrimitives.ReadUInt16BigEndian(at) : BinaryPrimitives.ReadUInt16LittleEndian(at);

    private static uint U32(ReadOnlySpan<byte> at, bool bigEndian) =>
        bigEndian ? BinaryPrimitives.ReadUInt32BigEndian(at) : BinaryPrimitives.ReadUInt32LittleEndian(at);
}
