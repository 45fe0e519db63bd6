using LoraBridge.Imaging;

namespace LoraBridge.Tests.Imaging;

public sealed class ColorMatchTests
{
    [Theory]
    [InlineData(255, 255, 255, 255, 128, 128)]
    [InlineData(0, 0, 0, 0, 128, 128)]
    [InlineData(255, 0, 0, 136, 208, 195)]      // L* 53.24, a* 80.09, b* 67.20
    [InlineData(0, 255, 0, 224, 42, 211)]       // 87.73, -86.18, 83.18
    [InlineData(0, 0, 255, 82, 207, 20)]        // 32.30, 79.19, -107.86
    public void FromRgb_KnownColours_HaveTheirLab(byte r, byte g, byte b, byte l, byte a, byte bStar) =>
        Assert.Equal([l, a, bStar], LabColor.FromRgb([r, g, b]));

    [Fact]
    public void ToRgb_OfLab_IsNearTheColour()
    {
        var pixels = TestPictures.Noise(50, 50).Pixels;
        var back = LabColor.ToRgb(LabColor.FromRgb(pixels));
        // 8 bits of L, a and b hold fewer colours than 8 bits of R, G and B
        Assert.True(pixels.Zip(back, (p, q) => Math.Abs(p - q)).Average() < 2);
    }

    [Fact]
    public void Match_GivesTheReferencesHistogram()
    {
        long[] from = new long[256], to = new long[256];
        (from[10], from[20], from[30], from[40]) = (1, 1, 1, 1);
        (to[100], to[200]) = (50, 150);
        var table = ColorMatch.Match(from, to);
        Assert.Equal((100, 133, 166, 200), (table[10], table[20], table[30], table[40]));
    }

    [Fact]
    public void WithColorsOf_Itself_ChangesNothingMuch()
    {
        var picture = TestPictures.Smooth(40, 30);
        var same = picture.WithColorsOf(picture);
        Assert.True(picture.Pixels.Zip(same.Pixels, (p, q) => Math.Abs(p - q)).Average() < 2);
    }

    [Fact]
    public void WithColorsOf_ATintedPicture_TakesTheTintAwayAndKeepsTheLight()
    {
        var picture = TestPictures.Smooth(40, 30);
        var tinted = new Picture(40, 30, 3, [.. picture.Pixels.Select((value, i) => (byte)Math.Clamp(value + (i % 3 == 0 ? 15 : i % 3 == 2 ? -41 : 0), 0, 255))]);
        var corrected = tinted.WithColorsOf(picture);
        Assert.InRange(Difference(picture, corrected), 0, 0.6 * Difference(picture, tinted));
        for (var i = 0; i < tinted.Pixels.Length; i += 3) Assert.InRange(Luminosity(corrected, i) - Luminosity(tinted, i), -2, 2);
    }

    private static double Difference(Picture one, Picture other) => one.Pixels.Zip(other.Pixels, (p, q) => Math.Abs(p - q)).Average();

    private static double Luminosity(Picture picture, int i) => 0.3 * picture.Pixels[i] + 0.59 * picture.Pixels[i + 1] + 0.11 * picture.Pixels[i + 2];
}
