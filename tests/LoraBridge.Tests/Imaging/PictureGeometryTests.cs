using LoraBridge.Imaging;

namespace LoraBridge.Tests.Imaging;

public sealed class PictureGeometryTests
{
    // a b c
    // d e f
    private static readonly Picture Letters = new(3, 2, 1, [.. "abcdef"u8]);

    [Fact]
    public void Moves_OfSixPixels_PutEachWhereItBelongs()
    {
        Assert.Equal("cba fed", Rows(Letters.FlippedHorizontally()));
        Assert.Equal("def abc", Rows(Letters.FlippedVertically()));
        Assert.Equal("fed cba", Rows(Letters.Rotated180()));
        Assert.Equal("da eb fc", Rows(Letters.Rotated90()));
        Assert.Equal("cf be ad", Rows(Letters.Rotated270()));
        Assert.Equal("ad be cf", Rows(Letters.Transposed()));
    }

    [Theory]
    [InlineData(1, "abc def")]
    [InlineData(2, "cba fed")]
    [InlineData(3, "fed cba")]
    [InlineData(4, "def abc")]
    [InlineData(5, "ad be cf")]
    [InlineData(6, "da eb fc")]
    [InlineData(7, "fc eb da")]
    [InlineData(8, "cf be ad")]
    [InlineData(9, "abc def")]
    public void Oriented_EachValue_ShowsThePictureUpright(int orientation, string expected) =>
        Assert.Equal(expected, Rows(Letters.Oriented(orientation)));

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(4)]
    public void Moves_OfColorPictures_KeepPixelsTogether(int channels)
    {
        var picture = PictureFixtures.Drawn(11, 5, channels);

        PictureAssert.Same(picture, picture.Rotated90().Rotated90().Rotated90().Rotated90());
        PictureAssert.Same(picture.Rotated270(), picture.Rotated90().Rotated180());
        PictureAssert.Same(picture, picture.FlippedHorizontally().FlippedVertically().Rotated180());
        PictureAssert.Same(picture.Rotated90(), picture.Transposed().FlippedHorizontally());
    }

    [Fact]
    public void Cropped_Rectangle_IsCutOut()
    {
        Assert.Equal("bc ef", Rows(Letters.Cropped(1, 0, 2, 2)));
        Assert.Equal("e", Rows(Letters.Cropped(1, 1, 1, 1)));
    }

    [Theory]
    [InlineData(-1, 0, 2, 2)]
    [InlineData(2, 0, 2, 2)]
    [InlineData(0, 1, 1, 2)]
    [InlineData(0, 0, 0, 1)]
    [InlineData(0, 0, int.MaxValue, 1)]
    public void Cropped_OutsideThePicture_IsRefused(int x, int y, int width, int height) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Letters.Cropped(x, y, width, height));

    [Fact]
    public void Padded_WithAColor_SurroundsThePicture()
    {
        Assert.Equal("zzzzz zabcz zdefz", Rows(Letters.Padded(1, 1, 5, 3, new((byte)'z', (byte)'z', (byte)'z'))));

        var clear = new Picture(1, 1, 4).Padded(0, 1, 1, 2, new(1, 2, 3));
        Assert.Equal([1, 2, 3, 255, 0, 0, 0, 0], clear.Pixels);
        Assert.Throws<ArgumentOutOfRangeException>(() => Letters.Padded(1, 0, 3, 2, Rgb.Black));
    }

    [Fact]
    public void Moves_PictureWithText_KeepIt()
    {
        var picture = new Picture(2, 2, 3) { Text = new Dictionary<string, string> { ["parameters"] = "x" }, ColorProfile = "P3" };

        foreach (var moved in new[] { picture.Rotated90(), picture.FlippedVertically(), picture.Cropped(0, 0, 1, 1), picture.ToRgba(), picture.Resized(1, 3), picture.Resized(3, 1, ResizeFilter.Nearest) })
            Assert.Equal(("x", "P3"), (moved.Parameters, moved.ColorProfile));
    }

    private static string Rows(Picture picture) =>
        string.Join(' ', Enumerable.Range(0, picture.Height).Select(y => System.Text.Encoding.ASCII.GetString(picture.Row(y))));
}
