using System.Buffers.Binary;

namespace LoraBridge.Imaging.Png;

/// <summary>How a PNG file stores its pixels.</summary>
internal enum PngColor
{
    Grey = 0,
    Rgb = 2,
    Palette = 3,
    GreyAlpha = 4,
    Rgba = 6,
}

/// <summary>The first chunk, IHDR.</summary>
internal readonly record struct PngHeader(int Width, int Height, int BitDepth, PngColor Color, bool IsInterlaced)
{
    /// <summary>Samples of a pixel in the file.</summary>
    public int Samples => Color switch { PngColor.Rgb => 3, PngColor.GreyAlpha => 2, PngColor.Rgba => 4, _ => 1 };

    /// <summary>The distance filters look back: bytes of a whole pixel, at least one.</summary>
    public int FilterStep => Math.Max(1, Samples * BitDepth / 8);

    /// <summary>Bytes of a row of <paramref name="width"/> pixels, without its filter byte.</summary>
    public int RowBytes(int width) => (int)(((long)width * Samples * BitDepth + 7) / 8);

    public static PngHeader Read(PictureBytes source, IReadOnlyList<PngChunk> chunks)
    {
        if (chunks.Count == 0 || chunks[0] is not { Type: "IHDR", Length: 13 })
            throw source.Broken("the PNG file does not begin with a header");
        if (!PngChunks.IsIntact(source, chunks[0]))
            throw source.Broken("the PNG header is damaged: its checksum is wrong");

        var data = source.At(chunks[0].Offset, 13);
        var (width, height) = (BinaryPrimitives.ReadUInt32BigEndian(data), BinaryPrimitives.ReadUInt32BigEndian(data[4..]));
        var (depth, color, compression, filter, interlace) = ((int)data[8], (PngColor)data[9], data[10], data[11], data[12]);
        var known = color switch
        {
            PngColor.Grey => depth is 1 or 2 or 4 or 8 or 16,
            PngColor.Palette => depth is 1 or 2 or 4 or 8,
            PngColor.Rgb or PngColor.GreyAlpha or PngColor.Rgba => depth is 8 or 16,
            _ => false,
        };
        if (width is 0 or > int.MaxValue / 8 || height is 0 or > int.MaxValue / 8)
            throw source.Broken($"the PNG header declares an impossible size of {width}x{height}");
        if (!known)
            throw source.Broken($"the PNG header declares colour type {(int)color} with {depth} bits, which PNG does not have");
        if (compression != 0 || filter != 0 || interlace > 1)
            throw source.Unsupported("the PNG file uses a compression, filter or interlace method that PNG does not define");
        return new((int)width, (int)height, depth, color, interlace == 1);
    }
}
