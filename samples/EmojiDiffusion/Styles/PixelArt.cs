using LoraBridge.Imaging;

namespace EmojiDiffusion.Styles;

/// <summary>Glyphs as coarse squares.</summary>
internal static class PixelArt
{
    private const int Block = 8;

    /// <summary>Every square of 8 pixels in its mean colour, opaque or empty.</summary>
    public static Picture Blocks(Picture glyph)
    {
        var drawn = new Picture(glyph.Width, glyph.Height, 4);
        for (var top = 0; top < glyph.Height; top += Block)
            for (var left = 0; left < glyph.Width; left += Block) Fill(glyph, drawn, left, top);
        return drawn;
    }

    private static void Fill(Picture glyph, Picture drawn, int left, int top)
    {
        var (red, green, blue, alpha, count) = (0, 0, 0, 0, 0);
        for (var y = top; y < Math.Min(top + Block, glyph.Height); y++)
        {
            for (var x = left; x < Math.Min(left + Block, glyph.Width); x++, count++)
            {
                var pixel = glyph.Row(y).Slice(4 * x, 4);
                red += pixel[0] * pixel[3];
                green += pixel[1] * pixel[3];
                blue += pixel[2] * pixel[3];
                alpha += pixel[3];
            }
        }
        if (alpha < 128 * count) return;
        for (var y = top; y < Math.Min(top + Block, glyph.Height); y++)
        {
            for (var x = left; x < Math.Min(left + Block, glyph.Width); x++)
            {
                var pixel = drawn.Row(y).Slice(4 * x, 4);
                (pixel[0], pixel[1], pixel[2], pixel[3]) = ((byte)(red / alpha), (byte)(green / alpha), (byte)(blue / alpha), byte.MaxValue);
            }
        }
    }
}
