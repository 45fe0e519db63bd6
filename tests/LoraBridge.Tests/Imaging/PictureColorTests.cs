using LoraBridge.Imaging;

namespace LoraBridge.Tests.Imaging;

public sealed class PictureColorTests
{
    [Fact]
    public void ToRgb_Grey_RepeatsIt() => Assert.Equal([7, 7, 7, 9, 9, 9], new Picture(2, 1, 1, [7, 9]).ToRgb().Pixels);

    [Fact]
    public void ToRgb_Alpha_IsLaidOverTheBackground()
    {
        var picture = new Picture(3, 1, 4, [10, 20, 30, 255, 10, 20, 30, 0, 0, 100, 200, 128]);

        Assert.Equal([10, 20, 30, 255, 255, 255, 127, 177, 227], picture.ToRgb().Pixels);
        Assert.Equal([10, 20, 30, 0, 0, 0, 0, 50, 100], picture.ToRgb(Rgb.Black).Pixels);
    }

    [Fact]
    public void ToRgba_OpaquePictures_GetFullAlpha()
    {
        Assert.Equal([7, 7, 7, 255], new Picture(1, 1, 1, [7]).ToRgba().Pixels);
        Assert.Equal([1, 2, 3, 255], new Picture(1, 1, 3, [1, 2, 3]).ToRgba().Pixels);
    }

    [Fact]
    public void ToGrey_PureColors_HaveTheirLuma() // as Pillow's convert("L")
    {
        var picture = new Picture(5, 1, 3, [255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255, 13, 130, 77]);

        Assert.Equal([76, 150, 29, 255, 89], picture.ToGrey().Pixels);
    }

    [Fact]
    public void Conversions_ToTheSameChannels_ReturnThePictureItself()
    {
        Picture grey = new(1, 1, 1), rgb = new(1, 1, 3), rgba = new(1, 1, 4);

        Assert.Same(grey, grey.ToGrey());
        Assert.Same(rgb, rgb.ToRgb());
        Assert.Same(rgba, rgba.ToRgba());
    }

    [Fact]
    public void Alpha_OfAnyPicture_IsAGreyPicture()
    {
        Assert.Equal([4, 8], new Picture(2, 1, 4, [1, 2, 3, 4, 5, 6, 7, 8]).Alpha().Pixels);
        Assert.Equal([255], new Picture(1, 1, 3).Alpha().Pixels);
    }

    [Fact]
    public void IsTransparent_OnePixelNotOpaque_IsTrue()
    {
        Assert.True(new Picture(2, 1, 4, [0, 0, 0, 255, 0, 0, 0, 254]).IsTransparent());
        Assert.False(new Picture(2, 1, 4, [0, 0, 0, 255, 0, 0, 0, 255]).IsTransparent());
        Assert.False(new Picture(1, 1, 3).IsTransparent());
    }
}
