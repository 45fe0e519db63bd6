using System.Buffers.Binary;

namespace LoraBridge.Imaging.Gif;

/// <summary>The first frame of a GIF file: canvas, place, palette, and where its data begins.</summary>
internal sealed record GifFrame
{
    private const byte Extension = 0x21, ImageDescriptor = 0x2c, GraphicControl = 0xf9, CommentLabel = 0xfe;
    private const int MaxCommentBytes = 1 << 20;

    public required int CanvasWidth { get; init; }
    public required int CanvasHeight { get; init; }
    public int Left { get; init; }
    public int Top { get; init; }
    public int Width { get; init; }
    public int Height { get; init; }
    public bool IsInterlaced { get; init; }

    /// <summary>RGB triples.</summary>
    public byte[] Palette { get; init; } = [];

    /// <summary>Bits of a palette index.</summary>
    public int PaletteBits { get; init; }

    /// <summary>The index that shows the canvas, or -1.</summary>
    public int TransparentIndex { get; init; } = -1;

    public byte[]? Comment { get; init; }

    /// <summary>Where the code size and the packed indices begin.</summary>
    public long DataOffset { get; init; }

    /// <summary>Three where the frame covers the canvas with opaque pixels, otherwise four.</summary>
    public int Channels => TransparentIndex < 0 && Left == 0 && Top == 0 && Width == CanvasWidth && Height == CanvasHeight ? 3 : 4;

    /// <summary>Walks the blocks up to the first frame; a comment before it is kept.</summary>
    public static GifFrame Find(PictureBytes source)
    {
        var head = source.At(6, 7);
        if (head.Length < 7)
            throw source.Broken("the GIF file is truncated: its header is not whole");
        var frame = new GifFrame { CanvasWidth = U16(head), CanvasHeight = U16(head[2..]) };
        var (palette, bits, at) = ReadPalette(source, head[4], 13);
        while (source.At(at, 1) is [var block])
        {
            if (block == ImageDescriptor)
                return Describe(source, frame with { Palette = palette, PaletteBits = bits }, at + 1);
            if (block != Extension || source.At(at + 1, 1) is not [var label])
                break;
            var (data, end) = SubBlocks(source, at + 2, MaxCommentBytes);
            if (label == GraphicControl && data.Length >= 4)
                frame = frame with { TransparentIndex = (data[0] & 1) != 0 ? data[3] : -1 };
            else if (label == CommentLabel)
                frame = frame with { Comment = data };
            at = end;
        }
        throw source.Broken("the GIF file is truncated or damaged: no frame was found in it");
    }

    /// <summary>Data in blocks of up to 255 bytes, each behind its length, ended by an empty one; joined, up to <paramref name="limit"/> bytes.</summary>
    /// <returns>The data, and the offset behind them.</returns>
    public static (byte[] Data, long End) SubBlocks(PictureBytes source, long at, int limit)
    {
        using var data = new MemoryStream();
        while (source.At(at, 1) is [> 0 and var length])
        {
            var block = source.At(at + 1, length);
            if (data.Length + block.Length <= limit)
                data.Write(block);
            at += 1 + length;
        }
        return (data.ToArray(), at + 1);
    }

    private static GifFrame Describe(PictureBytes source, GifFrame frame, long at)
    {
        var data = source.At(at, 9);
        if (data.Length < 9)
            throw source.Broken("the GIF file is truncated: its first frame's header is not whole");
        var flags = data[8];
        frame = frame with { Left = U16(data), Top = U16(data[2..]), Width = U16(data[4..]), Height = U16(data[6..]), IsInterlaced = (flags & 0x40) != 0 };
        if (frame.Width == 0 || frame.Height == 0)
            throw source.Broken($"the GIF file's first frame has a size of {frame.Width}x{frame.Height}");
        // a frame that reaches beyond the canvas enlarges it, as browsers do
        frame = frame with { CanvasWidth = Math.Max(frame.CanvasWidth, frame.Left + frame.Width), CanvasHeight = Math.Max(frame.CanvasHeight, frame.Top + frame.Height) };
        var (palette, bits, end) = ReadPalette(source, flags, at + 9);
        return palette.Length > 0 ? frame with { Palette = palette, PaletteBits = bits, DataOffset = end } : frame with { DataOffset = end };
    }

    // the highest bit of the flags says that there is one, the lowest three how long it is
    private static (byte[] Palette, int Bits, long End) ReadPalette(PictureBytes source, byte flags, long at)
    {
        if ((flags & 0x80) == 0)
            return ([], 8, at);
        var bits = 1 + (flags & 7);
        var palette = source.At(at, 3 << bits).ToArray();
        return (palette, bits, at + (3 << bits));
    }

    private static int U16(ReadOnlySpan<byte> at) => BinaryPrimitives.ReadUInt16LittleEndian(at);
}
