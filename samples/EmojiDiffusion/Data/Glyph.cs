using LoraBridge.Imaging;

namespace EmojiDiffusion.Data;

/// <summary>An emoji's picture, RGBA, <see cref="Size"/> squared, the drawing in the middle with a margin around it.</summary>
/// <param name="Entry">Which emoji.</param>
/// <param name="Picture">The picture.</param>
internal sealed record Glyph(EmojiEntry Entry, Picture Picture)
{
    /// <summary>Pixels along a side.</summary>
    public const int Size = 128;

    /// <summary>Empty pixels around the drawing: one cell of the latents, so that a background can be seen everywhere.</summary>
    public const int Margin = 8;

    /// <summary>The glyph of a drawing of any size, scaled to fit.</summary>
    public static Glyph Of(EmojiEntry entry, Picture drawing)
    {
        const int inner = Size - (2 * Margin);
        var scale = (double)inner / drawing.Height;
        var fitted = drawing.Resized(Math.Max(1, (int)Math.Round(drawing.Width * scale)), inner);
        return new(entry, Centered(fitted));
    }

    // Noto's glyphs are wider than high by empty columns on either side
    private static Picture Centered(Picture drawing)
    {
        var canvas = new Picture(Size, Size, 4);
        var left = (Size - drawing.Width) / 2;
        for (var y = 0; y < drawing.Height; y++)
        {
            var from = drawing.Row(y);
            var to = canvas.Row(y + Margin);
            for (var x = Math.Max(0, -left); x < Math.Min(drawing.Width, Size - left); x++)
            {
                var pixel = from.Slice(x * drawing.Channels, drawing.Channels);
                var target = to.Slice((x + left) * 4, 4);
                for (var c = 0; c < 3; c++) target[c] = pixel[drawing.Channels == 1 ? 0 : c];
                target[3] = drawing.Channels == 4 ? pixel[3] : byte.MaxValue;
            }
        }
        return canvas;
    }
}
