using LoraBridge.Generation;
using LoraBridge.Imaging;
using LoraBridge.Tests.Imaging;

namespace LoraBridge.Tests.Generation;

public sealed class ExtrasTests
{
    private static readonly Picture s_picture = TestPictures.Noise(40, 24);

    [Theory]
    [InlineData("Lanczos", ResizeFilter.Lanczos)]
    [InlineData("Nearest", ResizeFilter.Nearest)]
    public void Apply_AFactor_EnlargesToWholeMultiplesOf8(string upscaler, ResizeFilter filter)
    {
        var result = Extras.Apply(s_picture, new() { Upscaler = upscaler, Factor = 2.3 });
        Assert.Equal(s_picture.Resized(88, 48, filter).Pixels, result.Picture.Pixels);
        Assert.Equal($"Postprocess upscale by: 2.3, Postprocess upscaler: {upscaler}", result.Infotext);
    }

    [Fact]
    public void Apply_ASize_CoversItAndCutsTheRest()
    {
        var request = new ExtrasRequest { Upscaler = "Lanczos", ToSize = true, Width = 100, Height = 90 };
        var result = Extras.Apply(s_picture, request);
        Assert.Equal((100, 90), (result.Picture.Width, result.Picture.Height));
        Assert.Equal(s_picture.Resized(150, 90).Cropped(25, 0, 100, 90).Pixels, result.Picture.Pixels);
        Assert.Equal("Postprocess upscale to: 100x90, Postprocess crop to: 100x90, Postprocess upscaler: Lanczos", result.Infotext);
        Assert.Equal((144, 88), Extras.Apply(s_picture, request with { Crop = false }).Picture is var whole ? (whole.Width, whole.Height) : default);
    }

    [Fact]
    public void Apply_TwoUpscalers_MixesTheirPictures()
    {
        var request = new ExtrasRequest { Upscaler = "Nearest", SecondUpscaler = "Lanczos", SecondVisibility = 0.25 };
        var result = Extras.Apply(s_picture, request);
        var (near, lanczos) = (s_picture.Resized(80, 48, ResizeFilter.Nearest), s_picture.Resized(80, 48));
        Assert.Equal(PictureMask.Mix(near, lanczos, 0.25).Pixels, result.Picture.Pixels);
        Assert.EndsWith("Postprocess upscaler: Nearest, Postprocess upscaler 2: Lanczos", result.Infotext, StringComparison.Ordinal);
        Assert.Equal(near.Pixels, Extras.Apply(s_picture, request with { SecondVisibility = 0 }).Picture.Pixels);
    }

    [Fact]
    public void Apply_KeepsWhatThePictureSaysOfItself()
    {
        var picture = new Picture(8, 8, 3) { Text = new Dictionary<string, string> { ["parameters"] = "a cat" } };
        var result = Extras.Apply(picture, new() { Upscaler = "Lanczos" }).Picture;
        Assert.Equal("a cat", result.Parameters);
        Assert.Equal("Postprocess upscale by: 2.0, Postprocess upscaler: Lanczos", result.Text["extras"]);
    }

    [Fact]
    public void Apply_None_LeavesThePicture() => Assert.Same(s_picture, Extras.Apply(s_picture, new() { Factor = 4 }).Picture);

    [Theory]
    [InlineData(0, "Lanczos")]
    [InlineData(2, "Magic")]
    public void Apply_WhatCannotBe_IsNamed(double factor, string upscaler) =>
        Assert.ThrowsAny<ArgumentException>(() => Extras.Apply(s_picture, new() { Factor = factor, Upscaler = upscaler }));
}
