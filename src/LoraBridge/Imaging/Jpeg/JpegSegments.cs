using System.Buffers.Binary;

namespace LoraBridge.Imaging.Jpeg;

/// <summary>A JPEG segment's place in the file.</summary>
/// <param name="Marker">The byte behind 0xFF.</param>
/// <param name="Offset">Where its data begins, behind the length.</param>
/// <param name="Length">Bytes of data.</param>
internal readonly record struct JpegSegment(byte Marker, long Offset, int Length)
{
    /// <summary>Whether it is a frame header (SOF): any coding process, but not the tables numbered among them.</summary>
    public bool IsFrame => Marker is >= 0xc0 and <= 0xcf and not (0xc4 or 0xc8 or 0xcc);

    /// <summary>Whether the frame is Huffman-coded, sequential or progressive.</summary>
    public bool IsHuffman => Marker is >= 0xc0 and <= 0xc2;
}

/// <summary>Walks a JPEG file's segments up to the first scan.</summary>
internal static class JpegSegments
{
    public const byte StartOfScan = 0xda, App1 = 0xe1, App2 = 0xe2, Comment = 0xfe;
    private const byte EndOfImage = 0xd9;

    public static List<JpegSegment> Walk(PictureBytes source)
    {
        var segments = new List<JpegSegment>();
        for (long at = 2; ;)
        {
            var head = source.At(at, 4);
            if (head.Length < 4)
                return segments;
            // fill bytes, stray bytes between segments, and markers without data
            if (head[0] != 0xff || head[1] is 0xff or 0x00 or 0x01 or (>= 0xd0 and <= 0xd8))
            {
                at += head[0] == 0xff && head[1] != 0xff ? 2 : 1;
                continue;
            }
            var length = BinaryPrimitives.ReadUInt16BigEndian(head[2..]);
            if (head[1] == EndOfImage || length < 2 || at + 2 + length > source.Length)
                return segments;
            segments.Add(new(head[1], at + 4, length - 2));
            if (head[1] == StartOfScan)
                return segments;
            at += 2 + length;
        }
    }
}
