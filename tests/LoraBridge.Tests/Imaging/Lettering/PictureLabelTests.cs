using LoraBridge.Imaging;
using LoraBridge.Imaging.Lettering;

namespace LoraBridge.Tests.Imaging.Lettering;

public sealed class PictureLabelTests
{
    [Fact]
    public void SmallFont_EveryLetter_HasAShapeOfItsOwn()
    {
        var shapes = Enumerable.Range('!', '~' - '!' + 1).Select(code => Shape((char)code)).ToList();
        Assert.Equal(shapes.Count, shapes.Distinct().Count());
        Assert.DoesNotContain(Shape('漢'), shapes);
        Assert.DoesNotContain('#', Shape(' '));
    }

    [Fact]
    public void Write_AnI_InksItsCellsAtTheScale()
    {
        var picture = new Picture(20, 20, 3);
        PictureLabel.Write(picture, "I", 2, 1, 2, Rgb.White);
        // the font's I is eleven cells of ink, each of 2 x 2 pixels
        Assert.Equal(11 * 4, picture.Pixels.Count(sample => sample == 255) / 3);
        Assert.Equal(0, picture.Pixels[0]);
    }

    [Fact]
    public void Write_BeyondTheEdge_IsCutThere()
    {
        var picture = new Picture(6, 4, 3);
        PictureLabel.Write(picture, "WWW", -2, -1, 1, Rgb.White);
        Assert.Contains((byte)255, picture.Pixels);
    }

    [Theory]
    [InlineData("style 0.5", 200, "style 0.5")]
    [InlineData("a very long name of an adapter", 60, "a very l..")]
    [InlineData("abc", 5, "a")]
    [InlineData("abc", 0, "")]
    [InlineData("Ärger", 200, "Arger")]
    public void Fit_CutsWithDots(string text, int width, string expected)
    {
        var fitted = PictureLabel.Fit(text, width, 1);
        Assert.Equal(expected, fitted);
        Assert.True(PictureLabel.Width(fitted, 1) <= width);
    }

    private static string Shape(char letter) =>
        string.Concat(Enumerable.Range(0, SmallFont.Height).SelectMany(y => Enumerable.Range(0, SmallFont.Width).Select(x => SmallFont.IsInked(letter, x, y) ? '#' : '.')));
}
