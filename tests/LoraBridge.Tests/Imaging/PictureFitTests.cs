using LoraBridge.Imaging;

namespace LoraBridge.Tests.Imaging;

public sealed class PictureFitTests
{
    [Theory]
    [InlineData(40, 20, 16, 16, 32, 16, -8, 0)]     // wider than wanted: the sides go
    [InlineData(20, 40, 16, 16, 16, 32, 0, -8)]
    [InlineData(30, 20, 17, 8, 17, 11, 0, -1)]      // halves are rounded down, the picture's and the frame's each
    [InlineData(30, 20, 15, 10, 15, 10, 0, 0)]
    public void Fitted_Crop_CoversTheSizeAroundTheMiddle(int width, int height, int wantedWidth, int wantedHeight, int scaledWidth, int scaledHeight, int x, int y)
    {
        var picture = TestPictures.Noise(width, height);
        var expected = picture.Resized(scaledWidth, scaledHeight).Cropped(-x, -y, wantedWidth, wantedHeight);
        var fitted = picture.Fitted(wantedWidth, wantedHeight, PictureResizeMode.Crop);
        Assert.Equal((wantedWidth, wantedHeight), (fitted.Width, fitted.Height));
        Assert.Equal(expected.Pixels, fitted.Pixels);
    }

    [Fact]
    public void Fitted_Fill_DrawsTheEdgeRowsOut()
    {
        var picture = TestPictures.Noise(40, 20);
        var fitted = picture.Fitted(20, 21, PictureResizeMode.Fill);
        var scaled = picture.Resized(20, 10);
        for (var y = 0; y < 21; y++) Assert.Equal(scaled.Row(Math.Clamp(y - 5, 0, 9)).ToArray(), fitted.Row(y).ToArray());
    }

    [Fact]
    public void Fitted_Fill_DrawsTheEdgeColumnsOut()
    {
        var picture = TestPictures.Noise(20, 40, channels: 1);
        var fitted = picture.Fitted(19, 20, PictureResizeMode.Fill);
        var scaled = picture.Resized(10, 20);
        for (var y = 0; y < 20; y++)
            for (var x = 0; x < 19; x++) Assert.Equal(scaled.Row(y)[Math.Clamp(x - 4, 0, 9)], fitted.Row(y)[x]);
    }

    [Theory]
    [InlineData(PictureResizeMode.Stretch)]
    [InlineData(PictureResizeMode.Latent)]
    public void Fitted_Stretch_ResizesEachSideByItself(PictureResizeMode mode)
    {
        var picture = TestPictures.Noise(24, 10);
        Assert.Equal(picture.Resized(9, 31).Pixels, picture.Fitted(9, 31, mode).Pixels);
    }

    [Theory]
    [InlineData(PictureResizeMode.Crop)]
    [InlineData(PictureResizeMode.Fill)]
    public void Fitted_ALineOfOnePixel_HasThePictureItNeeds(PictureResizeMode mode)
    {
        var fitted = new Picture(400, 1, 3).Fitted(8, 8, mode);
        Assert.Equal((8, 8), (fitted.Width, fitted.Height));
    }

    [Fact]
    public void PasteOnto_OverTheEdge_LeavesOutWhatIsOutside()
    {
        var ground = new Picture(3, 2, 1, [.. "......"u8]);
        new Picture(2, 2, 1, [.. "abcd"u8]).PasteOnto(ground, -1, 1);
        Assert.Equal("...b.."u8.ToArray(), ground.Pixels);
        new Picture(2, 2, 1, [.. "abcd"u8]).PasteOnto(ground, 9, 9);
        Assert.Equal("...b.."u8.ToArray(), ground.Pixels);
        Assert.Throws<ArgumentException>(() => new Picture(1, 1, 3).PasteOnto(ground, 0, 0));
    }
}
