using LoraBridge.Generation;

namespace LoraBridge.Tests.Generation;

public sealed class HiresSizeTests
{
    [Theory]
    [InlineData(512, 768, 2, 0, 0, 1024, 1536, 0, 0)]
    [InlineData(512, 512, 1.3, 0, 0, 665, 665, 0, 0)]           // rounded down
    [InlineData(512, 768, 9, 1000, 0, 1000, 1500, 0, 0)]        // the factor does not count any more
    [InlineData(512, 768, 2, 0, 1000, 666, 1000, 0, 0)]
    [InlineData(512, 768, 2, 1024, 1024, 1024, 1536, 0, 64)]    // covers both, and rows are cut off
    [InlineData(768, 512, 2, 1024, 1024, 1536, 1024, 64, 0)]
    [InlineData(512, 512, 2, 800, 800, 800, 800, 0, 0)]
    public void Of_SettingsAndASize_IsWhatTheyMean(int width, int height, double scale, int resizeWidth, int resizeHeight, int toWidth, int toHeight, int cutColumns, int cutRows) =>
        Assert.Equal(new HiresSize(toWidth, toHeight, cutColumns, cutRows), HiresSize.Of(width, height, new() { Scale = scale, ResizeWidth = resizeWidth, ResizeHeight = resizeHeight }));

    [Fact]
    public void FinalSize_IsInWholeCellsAfterTheCut()
    {
        var size = HiresSize.Of(512, 768, new() { ResizeWidth = 1000, ResizeHeight = 1000 });
        Assert.Equal((1000, 1000), (size.FinalWidth, size.FinalHeight));
        Assert.Equal((664, 664), (HiresSize.Of(512, 512, new() { Scale = 1.3 }).FinalWidth, HiresSize.Of(512, 512, new() { Scale = 1.3 }).FinalHeight));
    }

    [Theory]
    [InlineData(0, "Hires: the width that results must be from 8")]
    [InlineData(1e9, "Hires: the width that results must be from 8 to 16384")]
    [InlineData(double.NaN, "Hires: the width that results")]
    public void Validate_AnImpossibleFactor_IsNamed(double scale, string message)
    {
        var error = Assert.Throws<ArgumentOutOfRangeException>(() => new TextToImageRequest { Hires = new() { Scale = scale } }.Validate());
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Validate_AnUnknownUpscaler_ListsThoseThereAre()
    {
        var error = Assert.Throws<ArgumentException>(() => new TextToImageRequest { Hires = new() { Upscaler = "Magic" } }.Validate());
        Assert.Contains("Known are: None, Lanczos, Nearest; a second pass also takes Latent, Latent (antialiased)", error.Message, StringComparison.Ordinal);
    }
}
