using LoraBridge.Imaging;

namespace EmojiDiffusion.Data;

/// <summary>How a glyph is laid on a background.</summary>
/// <param name="Background">The plain colour behind it.</param>
/// <param name="Right">Pixels that it is moved to the right.</param>
/// <param name="Down">Pixels that it is moved down.</param>
/// <param name="Mirrored">Whether left and right change places.</param>
internal readonly record struct Placement(Rgb Background, int Right = 0, int Down = 0, bool Mirrored = false);

/// <summary>Lays glyphs on backgrounds, straight into the planes of a batch: (3, size, size) in [-1, 1].</summary>
internal static class GlyphCanvas
{
    /// <summary>The whole picture.</summary>
    public static void Whole(Picture glyph, Placement placement, Span<float> planes) => Part(glyph, placement, 0, 0, Glyph.Size, planes);

    /// <summary>A square part of the picture.</summary>
    /// <param name="glyph">RGBA, <see cref="Glyph.Size"/> squared.</param>
    /// <param name="placement">How it lies.</param>
    /// <param name="left">The part's first column.</param>
    /// <param name="top">The part's first row.</param>
    /// <param name="size">Its rows and columns.</param>
    /// <param name="planes">3 size² numbers.</param>
    public static void Part(Picture glyph, Placement placement, int left, int top, int size, Span<float> planes)
    {
        var red = planes[..(size * size)];
        var green = planes.Slice(size * size, size * size);
        var blue = planes[(2 * size * size)..];
        var (r, g, b) = (placement.Background.R, placement.Background.G, placement.Background.B);
        for (int y = 0, at = 0; y < size; y++)
        {
            var row = top + y - placement.Down;
            var from = row is >= 0 and < Glyph.Size ? glyph.Row(row) : [];
            for (var x = 0; x < size; x++, at++)
            {
                var column = left + x - placement.Right;
                if (placement.Mirrored) column = Glyph.Size - 1 - column;
                var pixel = from.Length > 0 && column is >= 0 and < Glyph.Size ? from.Slice(4 * column, 4) : [0, 0, 0, 0];
                var ink = pixel[3] * (1 / (255f * 127.5f));
                var paper = (255 - pixel[3]) * (1 / (255f * 127.5f));
                red[at] = (pixel[0] * ink) + (r * paper) - 1;
                green[at] = (pixel[1] * ink) + (g * paper) - 1;
                blue[at] = (pixel[2] * ink) + (b * paper) - 1;
            }
        }
    }

    /// <summary>The whole picture at half its size, every pixel the mean of four: (3, size / 2, size / 2).</summary>
    public static void Half(Picture glyph, Placement placement, Span<float> planes)
    {
        const int size = Glyph.Size, half = size / 2;
        var whole = new float[3 * size * size];
        Whole(glyph, placement, whole);
        for (var at = 0; at < 3 * half * half; at++)
        {
            var (row, column) = (at / half * 2, at % half * 2);                 // rows run on through the planes
            var first = (row * size) + column;
            planes[at] = (whole[first] + whole[first + 1] + whole[first + size] + whole[first + size + 1]) / 4;
        }
    }
}
