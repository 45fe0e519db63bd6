using System.Buffers.Binary;
using System.Numerics;

namespace LoraBridge.Imaging.Bmp;

/// <summary>Reads uncompressed BMP files: 1, 2, 4 and 8 bits with a palette, 16, 24 and 32 bits.</summary>
internal static class BmpReader
{
    public static PictureInfo Probe(PictureBytes source)
    {
        var header = BmpHeader.Read(source);
        return new()
        {
            Format = PictureFormat.Bmp,
            StoredWidth = header.Width,
            StoredHeight = header.Height,
            Channels = header.Channels,
            BitDepth = Math.Min(8, header.BitsPerPixel),
            Text = new Dictionary<string, string>(),
        };
    }

    public static Picture Decode(PictureBytes source, PictureReadOptions options)
    {
        var header = BmpHeader.Read(source);
        var rows = Math.Max(0, source.Length - header.DataOffset) / header.RowBytes;
        if (rows < header.Height && !options.AllowDamaged)
            throw source.Broken($"the BMP file is truncated: it holds {rows} of {header.Height} rows");

        var picture = new Picture(header.Width, header.Height, header.Channels);
        for (var y = 0; y < Math.Min(rows, header.Height); y++)
        {
            var stored = source.At(header.DataOffset + y * header.RowBytes, header.RowBytes);
            var row = picture.Row(header.IsTopDown ? y : header.Height - 1 - y);
            if (header.BitsPerPixel <= 8)
                ReadIndices(stored, header, row);
            else if (header.BitsPerPixel == 24)
                ReadTriples(stored, row);
            else
                ReadMasked(stored, header, row);
        }
        return picture;
    }

    private static void ReadIndices(ReadOnlySpan<byte> stored, BmpHeader header, Span<byte> row)
    {
        int depth = header.BitsPerPixel, mask = (1 << depth) - 1;
        for (int o = 0, bit = 0; o < row.Length; o += 3, bit += depth)
        {
            var entry = header.Palette.AsSpan(4 * (stored[bit >> 3] >> (8 - depth - (bit & 7)) & mask), 3);
            (row[o], row[o + 1], row[o + 2]) = (entry[2], entry[1], entry[0]);
        }
    }

    private static void ReadTriples(ReadOnlySpan<byte> stored, Span<byte> row)
    {
        for (var i = 0; i < row.Length; i += 3)
            (row[i], row[i + 1], row[i + 2]) = (stored[i + 2], stored[i + 1], stored[i]);
    }

    private static void ReadMasked(ReadOnlySpan<byte> stored, BmpHeader header, Span<byte> row)
    {
        var bytes = header.BitsPerPixel / 8;
        for (int i = 0, o = 0; o < row.Length; i += bytes)
        {
            var pixel = bytes == 2 ? BinaryPrimitives.ReadUInt16LittleEndian(stored[i..]) : BinaryPrimitives.ReadUInt32LittleEndian(stored[i..]);
            for (var c = 0; c < header.Channels; c++, o++)
                row[o] = Scaled(pixel, header.Masks[c]);
        }
    }

    // the bits under the mask, stretched so that all ones become 255
    private static byte Scaled(uint pixel, uint mask)
    {
        if (mask == 0)
            return 0;
        var shift = BitOperations.TrailingZeroCount(mask);
        var largest = mask >> shift;
        return (byte)((ulong)((pixel & mask) >> shift) * 255 / largest);
    }
}
