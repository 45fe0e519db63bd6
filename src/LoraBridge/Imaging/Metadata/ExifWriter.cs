using System.Buffers.Binary;
using System.Text;

namespace LoraBridge.Imaging.Metadata;

/// <summary>Builds an EXIF block that holds one UserComment.</summary>
internal static class ExifWriter
{
    private const int HeaderSize = 8, DirectorySize = 2 + 12 + 4;
    private const ushort Long = 4, Undefined = 7;

    /// <summary>
    /// A big-endian TIFF block: header, a first directory that points to the EXIF directory, and there the comment: <c>UNICODE\0</c>, then
    /// UTF-16 big-endian, as the WebUI writes and reads it. Without the <c>Exif\0\0</c> prefix, which only JPEG wants.
    /// </summary>
    public static byte[] UserComment(string comment)
    {
        const int exifDirectory = HeaderSize + DirectorySize;
        const int value = exifDirectory + DirectorySize;
        var length = 8 + Encoding.BigEndianUnicode.GetByteCount(comment);
        var block = new byte[value + length];
        var span = block.AsSpan();

        "MM\0*"u8.CopyTo(span);
        BinaryPrimitives.WriteUInt32BigEndian(span[4..], HeaderSize);
        WriteDirectory(span[HeaderSize..], 0x8769, Long, 1, exifDirectory);
        WriteDirectory(span[exifDirectory..], 0x9286, Undefined, length, value);
        "UNICODE\0"u8.CopyTo(span[value..]);
        Encoding.BigEndianUnicode.GetBytes(comment, span[(value + 8)..]);
        return block;
    }

    // one entry; the offset of a next directory stays 0
    private static void WriteDirectory(Span<byte> at, ushort tag, ushort type, int count, int value)
    {
        BinaryPrimitives.WriteUInt16BigEndian(at, 1);
        BinaryPrimitives.WriteUInt16BigEndian(at[2..], tag);
        BinaryPrimitives.WriteUInt16BigEndian(at[4..], type);
        BinaryPrimitives.WriteInt32BigEndian(at[6..], count);
        BinaryPrimitives.WriteInt32BigEndian(at[10..], value);
    }
}
