using System.Buffers.Binary;

namespace LoraBridge.Imaging.Bmp;

/// <summary>The headers of a BMP file: OS/2's short one and Windows' long ones, which differ in what follows the first 40 bytes.</summary>
internal sealed record BmpHeader
{
    private const int FileHeader = 14, ShortHeader = 12, LongHeader = 40;
    private const uint Uncompressed = 0, BitFields = 3, AlphaBitFields = 6;

    public required int Width { get; init; }
    public required int Height { get; init; }

    /// <summary>Whether rows come from the top; the usual order is from the bottom.</summary>
    public required bool IsTopDown { get; init; }

    public required int BitsPerPixel { get; init; }

    /// <summary>Where red, green, blue and alpha stand in a pixel of 16 or 32 bits (alpha may be 0); empty for other depths.</summary>
    public uint[] Masks { get; init; } = [];

    /// <summary>B, G, R and a filler for each index.</summary>
    public byte[] Palette { get; init; } = [];

    public required long DataOffset { get; init; }

    public int Channels => Masks is [_, _, _, not 0] ? 4 : 3;

    /// <summary>Bytes of a stored row: whole groups of four.</summary>
    public long RowBytes => ((long)Width * BitsPerPixel + 31) / 32 * 4;

    public static BmpHeader Read(PictureBytes source)
    {
        var head = source.At(0, FileHeader + LongHeader + 16).ToArray();
        if (head.Length < FileHeader + ShortHeader)
            throw source.Broken("the BMP file is truncated: its header is not whole");
        var size = U32(head, 14);
        var dataOffset = U32(head, 10);
        if (size == ShortHeader)
        {
            var palette = ReadPalette(source, FileHeader + ShortHeader, 1 << Math.Min(8, (int)U16(head, 24)), 3);
            return Check(source, new() { Width = U16(head, 18), Height = U16(head, 20), IsTopDown = false, BitsPerPixel = U16(head, 24), Palette = palette, DataOffset = dataOffset });
        }
        if (size is < LongHeader or > 1024 || head.Length < FileHeader + LongHeader)
            throw source.Broken($"the BMP file has a header of {size} bytes, which is not a known kind");

        int width = (int)U32(head, 18), height = (int)U32(head, 22), bits = U16(head, 28);
        var (compression, used) = (U32(head, 30), U32(head, 46));
        if (compression is not (Uncompressed or BitFields or AlphaBitFields))
            throw source.Unsupported("the BMP file is compressed, which is not supported");
        var hasMasks = compression != Uncompressed;
        if (hasMasks && bits is not (16 or 32))
            throw source.Broken($"the BMP header declares colour masks for {bits} bits a pixel");
        if (hasMasks && head.Length < FileHeader + LongHeader + 16)
            throw source.Broken("the BMP file is truncated: its header is not whole");
        var hasAlphaMask = compression == AlphaBitFields || size >= 56;
        uint[] masks = hasMasks ? [U32(head, 54), U32(head, 58), U32(head, 62), hasAlphaMask ? U32(head, 66) : 0]
            : bits == 16 ? [0x7c00, 0x03e0, 0x001f, 0]
            : bits == 32 ? [0xff0000, 0x00ff00, 0x0000ff, 0]
            : [];
        var entries = bits > 8 ? 0 : used is > 0 and <= 256 ? (int)used : 1 << bits;
        return Check(source, new()
        {
            Width = width,
            Height = height == int.MinValue ? 0 : Math.Abs(height),
            IsTopDown = height < 0,
            BitsPerPixel = bits,
            Masks = masks,
            Palette = ReadPalette(source, FileHeader + size, entries, 4),
            DataOffset = dataOffset,
        });
    }

    private static BmpHeader Check(PictureBytes source, BmpHeader header)
    {
        if (header.Width is <= 0 or > 1 << 24 || header.Height is <= 0 or > 1 << 24)
            throw source.Broken($"the BMP header declares an impossible size of {header.Width}x{header.Height}");
        if (header.BitsPerPixel is not (1 or 2 or 4 or 8 or 16 or 24 or 32) || (header.BitsPerPixel is 16 or 32 && header.Masks.Length == 0))
            throw source.Broken($"the BMP header declares {header.BitsPerPixel} bits a pixel");
        return header;
    }

    // always four bytes an entry, so that the short header's triples look like the others
    private static byte[] ReadPalette(PictureBytes source, long at, int entries, int bytesPerEntry)
    {
        var stored = source.At(at, (long)entries * bytesPerEntry);
        var palette = new byte[256 * 4];
        for (var i = 0; i < stored.Length / bytesPerEntry; i++)
            stored.Slice(i * bytesPerEntry, 3).CopyTo(palette.AsSpan(4 * i));
        return palette;
    }

    private static ushort U16(byte[] head, int at) => BinaryPrimitives.ReadUInt16LittleEndian(head.AsSpan(at));

    private static uint U32(byte[] head, int at) => BinaryPrimitives.ReadUInt32LittleEndian(head.AsSpan(at));
}
