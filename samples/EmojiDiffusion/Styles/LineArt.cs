using LoraBridge.Imaging;

namespace EmojiDiffusion.Styles;

/// <summary>Glyphs as ink on whatever is behind them: their outlines, and darkness as hatching.</summary>
internal static class LineArt
{
    private const int Period = 8;
    private const float FaintEdge = 90, FullEdge = 220;

    private static readonly Rgb s_ink = new(25, 25, 45);

    /// <summary>Lines where colour or alpha change.</summary>
    public static Picture Outline(Picture glyph) => Inked(glyph, (tone, x, y) => tone.Edge(x, y));

    /// <summary>Outlines, and slanted lines that are the wider the darker the glyph is.</summary>
    public static Picture Hatching(Picture glyph) => Inked(glyph, (tone, x, y) => Math.Max(tone.Edge(x, y), Hatch(tone, x, y)));

    private static float Hatch(Tone tone, int x, int y)
    {
        if (tone.Alpha(x, y) < 128) return 0;
        var width = (255 - tone.Light(x, y)) / 255f * Period;
        // one pixel of soft edge, or thin lines would come and go
        return Math.Clamp(width - Math.Abs(((x + y) % Period) - (Period / 2)), 0, 1);
    }

    private static Picture Inked(Picture glyph, Func<Tone, int, int, float> ink)
    {
        var (tone, drawn) = (new Tone(glyph), new Picture(glyph.Width, glyph.Height, 4));
        for (var y = 0; y < glyph.Height; y++)
        {
            var row = drawn.Row(y);
            for (var x = 0; x < glyph.Width; x++)
            {
                var pixel = row.Slice(4 * x, 4);
                (pixel[0], pixel[1], pixel[2]) = (s_ink.R, s_ink.G, s_ink.B);
                pixel[3] = (byte)(255 * ink(tone, x, y));
            }
        }
        return drawn;
    }

    // lightness over white, and how fast it and alpha change
    private sealed class Tone(Picture glyph)
    {
        public int Alpha(int x, int y) => Inside(x, y) ? glyph.Row(y)[(4 * x) + 3] : 0;

        public float Light(int x, int y)
        {
            if (!Inside(x, y)) return 255;
            var pixel = glyph.Row(y).Slice(4 * x, 4);
            var light = (0.3f * pixel[0]) + (0.59f * pixel[1]) + (0.11f * pixel[2]);
            return 255 + ((light - 255) * pixel[3] / 255);
        }

        // Sobel's operator
        public float Edge(int x, int y)
        {
            var light = Slope((i, j) => Light(i, j), x, y);
            var alpha = Slope((i, j) => Alpha(i, j), x, y);
            return Math.Clamp((Math.Max(light, alpha) - FaintEdge) / (FullEdge - FaintEdge), 0, 1);
        }

        private static float Slope(Func<int, int, float> value, int x, int y)
        {
            float Column(int i) => value(i, y - 1) + (2 * value(i, y)) + value(i, y + 1);
            float Row(int j) => value(x - 1, j) + (2 * value(x, j)) + value(x + 1, j);
            var (across, down) = (Column(x + 1) - Column(x - 1), Row(y + 1) - Row(y - 1));
            return MathF.Sqrt((across * across) + (down * down));
        }

        private bool Inside(int x, int y) => x >= 0 && y >= 0 && x < glyph.Width && y < glyph.Height;
    }
}
