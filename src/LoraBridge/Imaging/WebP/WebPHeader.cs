using System.Buffers.Binary;

namespace LoraBridge.Imaging.WebP;

/// <summary>Size and kind of a WebP picture, from its first chunk: VP8X (extended), VP8L (lossless) or VP8 (lossy).</summary>
internal readonly record struct WebPHeader(int Width, int Height, bool HasAlpha, bool IsAnimated)
{
    public const byte AlphaFlag = 0x10, ExifFlag = 0x08, AnimationFlag = 0x02;

    public static WebPHeader Read(PictureBytes source, IReadOnlyList<RiffChunk> chunks) => Find(source, chunks) is { Width: > 0, Height: > 0 } header
        ? header
        : throw source.Broken("the WebP file has no readable header: it is truncated or damaged");

    private static WebPHeader? Find(PictureBytes source, IReadOnlyList<RiffChunk> chunks)
    {
        if (chunks.Count > 0)
        {
            var data = source.At(chunks[0].Offset, Math.Min(chunks[0].Length, 10));
            if (chunks[0].Type == "VP8X" && data.Length >= 10)
                return new WebPHeader(1 + U24(data[4..]), 1 + U24(data[7..]), (data[0] & AlphaFlag) != 0, (data[0] & AnimationFlag) != 0);
            if (chunks[0].Type == "VP8L" && data.Length >= 5 && data[0] == 0x2f)
                return Lossless(BinaryPrimitives.ReadUInt32LittleEndian(data[1..]));
            if (chunks[0].Type == "VP8 " && data.Length >= 10 && data[3..6].SequenceEqual([(byte)0x9d, (byte)0x01, (byte)0x2a]))
                return new WebPHeader(BinaryPrimitives.ReadUInt16LittleEndian(data[6..]) & 0x3fff, BinaryPrimitives.ReadUInt16LittleEndian(data[8..]) & 0x3fff, false, false);
        }
        return null;
    }

    // 14 bits of width - 1, 14 of height - 1, one for alpha
    private static WebPHeader Lossless(uint bits) => new(1 + (int)(bits & 0x3fff), 1 + (int)(bits >> 14 & 0x3fff), (bits >> 28 & 1) != 0, false);

    private static int U24(ReadOnlySpan<byte> at) => at[0] | at[1] << 8 | at[2] << 16;
}
