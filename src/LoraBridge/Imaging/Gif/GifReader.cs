using System.Text;
using LoraBridge.Imaging.Metadata;

namespace LoraBridge.Imaging.Gif;

/// <summary>Reads the first frame of a GIF file. What the frame leaves of the canvas is transparent.</summary>
internal static class GifReader
{
    /// <summary>A code of three bits or more stands for at most 4096 indices, so a byte cannot hold more of them than this.</summary>
    private const long LargestPackingRatio = 4096 * 8 / 3;

    public static PictureInfo Probe(PictureBytes source)
    {
        var frame = GifFrame.Find(source);
        var text = new Dictionary<string, string>();
        if (frame.Comment is { } comment)
            text[PictureText.CommentKey] = Encoding.UTF8.GetString(comment);
        return new()
        {
            Format = PictureFormat.Gif,
            StoredWidth = frame.CanvasWidth,
            StoredHeight = frame.CanvasHeight,
            Channels = frame.Channels,
            BitDepth = frame.PaletteBits,
            Text = text,
        };
    }

    public static Picture Decode(PictureBytes source, PictureReadOptions options)
    {
        var frame = GifFrame.Find(source);
        var codeSize = source.At(frame.DataOffset, 1) is [var bits] ? bits : 0;
        if (codeSize is < 2 or > 8)
            throw source.Broken("the GIF file is damaged: its picture data has no valid code size");
        var (data, _) = GifFrame.SubBlocks(source, frame.DataOffset + 1, int.MaxValue);
        var count = (long)frame.Width * frame.Height;
        if (count > Math.Max(1, data.Length) * LargestPackingRatio && !options.AllowDamaged)
            throw source.Broken($"the GIF file is truncated: {data.Length} bytes of data cannot hold {frame.Width}x{frame.Height} pixels");

        var picture = new Picture(frame.CanvasWidth, frame.CanvasHeight, frame.Channels);
        var indices = new byte[count];
        var found = GifLzw.Decode(data, codeSize, indices);
        if (found < indices.Length && !options.AllowDamaged)
            throw source.Broken($"the GIF file is truncated or damaged: {found} of {indices.Length} pixels could be read");
        Paint(picture, frame, indices.AsSpan(0, found));
        return picture;
    }

    private static void Paint(Picture picture, GifFrame frame, ReadOnlySpan<byte> indices)
    {
        var lines = frame.IsInterlaced ? InterlacedOrder(frame.Height) : Enumerable.Range(0, frame.Height);
        var at = 0;
        foreach (var line in lines)
        {
            var row = picture.Row(frame.Top + line)[(frame.Left * picture.Channels)..];
            for (var x = 0; x < frame.Width && at < indices.Length; x++, at++)
            {
                int index = indices[at];
                var color = 3 * index + 2 < frame.Palette.Length ? frame.Palette.AsSpan(3 * index, 3) : [0, 0, 0];
                color.CopyTo(row[(x * picture.Channels)..]);
                if (picture.Channels == 4)
                    row[4 * x + 3] = index == frame.TransparentIndex ? (byte)0 : (byte)255;
            }
        }
    }

    // every eighth row, then those between, halving the gaps
    private static IEnumerable<int> InterlacedOrder(int height)
    {
        foreach (var (start, step) in new[] { (0, 8), (4, 8), (2, 4), (1, 2) })
        {
            for (var y = start; y < height; y += step)
                yield return y;
        }
    }
}
