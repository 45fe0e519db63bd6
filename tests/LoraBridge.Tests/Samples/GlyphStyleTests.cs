using EmojiDiffusion.Styles;
using LoraBridge.Imaging;

namespace LoraBridge.Tests.Samples;

public sealed class GlyphStyleTests
{
    private static readonly Picture s_square = Tiny.Glyph(Tiny.Entry("square")).Picture;

    [Fact]
    public void Outline_OfASquare_IsInkAtItsBorderOnly()
    {
        var drawn = GlyphStyle.Named("outline").Draw(s_square);

        Assert.Equal(255, Alpha(drawn, 64, 40));
        Assert.Equal(255, Alpha(drawn, 64, 87));
        Assert.Equal(0, Alpha(drawn, 64, 64));
        Assert.Equal(0, Alpha(drawn, 10, 10));
    }

    [Fact]
    public void Hatching_OfADarkSquare_HasMoreInkThanOfALightOne()
    {
        var style = GlyphStyle.Named("hatching");

        var (dark, light) = (Ink(style.Draw(Tiny.Glyph(Tiny.Entry("dark"), new(60, 0, 0)).Picture)), Ink(style.Draw(Tiny.Glyph(Tiny.Entry("light"), new(255, 200, 200)).Picture)));

        Assert.True(dark > 1.5 * light, $"{dark} against {light}");
        Assert.True(light > Ink(GlyphStyle.Named("outline").Draw(Tiny.Glyph(Tiny.Entry("light"), new(255, 200, 200)).Picture)));
    }

    [Fact]
    public void Pixels_AreSquaresOfOneColorEach()
    {
        var drawn = GlyphStyle.Named("pixels").Draw(s_square);

        for (var y = 0; y < 128; y++)
            for (var x = 0; x < 128; x++) Assert.Equal(drawn.Row(y / 8 * 8).Slice(4 * (x / 8 * 8), 4), drawn.Row(y).Slice(4 * x, 4));
        Assert.Equal(255, Alpha(drawn, 64, 64));
        Assert.Equal(0, Alpha(drawn, 8, 8));
    }

    [Fact]
    public void Named_Unknown_ListsWhatThereIs() => Assert.Contains("hatching", Assert.Throws<ArgumentException>(() => GlyphStyle.Named("oil")).Message);

    private static int Alpha(Picture picture, int x, int y) => picture.Row(y)[(4 * x) + 3];

    private static long Ink(Picture picture) => Enumerable.Range(0, 128 * 128).Sum(i => (long)picture.Pixels[(4 * i) + 3]);
}
