using LoraBridge.Imaging;

namespace LoraBridge.Tests.Imaging;

public sealed class PictureResizeTests
{
    public sealed record Reference(int Channels, string? Filter, int Width, int Height, string Pixels);

    private static readonly IReadOnlyList<Reference> References = PictureFixtures.ReadLines<Reference>("resizes.jsonl");

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(4)]
    public void Resized_ByEveryFilter_AgreesWithPillowToTheByte(int channels)
    {
        var original = References.Single(reference => reference.Channels == channels && reference.Filter is null);
        var picture = new Picture(original.Width, original.Height, channels, PictureFixtures.Unpack(original.Pixels));
        var wanted = References.Where(reference => reference.Channels == channels && reference.Filter is not null).ToList();
        Assert.True(wanted.Count >= 10);

        foreach (var reference in wanted)
        {
            var resized = picture.Resized(reference.Width, reference.Height, Enum.Parse<ResizeFilter>(reference.Filter!, ignoreCase: true));

            Assert.Equal((reference.Width, reference.Height, channels), (resized.Width, resized.Height, resized.Channels));
            PictureAssert.Close(PictureFixtures.Unpack(reference.Pixels), resized, 0, $"{reference.Filter} to {reference.Width}x{reference.Height}");
        }
    }

    [Theory]
    [InlineData(ResizeFilter.Nearest)]
    [InlineData(ResizeFilter.Box)]
    [InlineData(ResizeFilter.Bilinear)]
    [InlineData(ResizeFilter.Bicubic)]
    [InlineData(ResizeFilter.Lanczos)]
    public void Resized_FlatPicture_StaysFlat(ResizeFilter filter)
    {
        var flat = new Picture(70, 50, 3);
        flat.Fill(new(200, 100, 3));

        foreach (var (width, height) in new[] { (9, 7), (301, 203), (1, 1), (70, 1) })
        {
            var resized = flat.Resized(width, height, filter);
            for (var i = 0; i < resized.Pixels.Length; i += 3)
                Assert.Equal([200, 100, 3], resized.Pixels[i..(i + 3)]);
        }
    }

    [Fact]
    public void Resized_SharpEdge_OvershootsNeitherAboveWhiteNorBelowBlack()
    {
        var edge = new Picture(64, 4, 3);
        for (var y = 0; y < 4; y++)
            edge.Row(y)[96..].Fill(255);

        var wide = edge.Resized(200, 4);

        Assert.Equal(0, wide.Pixels[0]);
        Assert.Equal(255, wide.Row(0)[^1]);
        Assert.All(wide.Row(0)[..270].ToArray(), value => Assert.InRange(value, 0, 40)); // a wrap would show as 255
    }

    [Fact]
    public void Resized_FineStripes_AverageInsteadOfAliasing()
    {
        var stripes = new Picture(512, 1, 1);
        for (var x = 0; x < 512; x += 2)
            stripes.Pixels[x] = 255;

        foreach (var filter in new[] { ResizeFilter.Box, ResizeFilter.Bilinear, ResizeFilter.Bicubic, ResizeFilter.Lanczos })
            Assert.All(stripes.Resized(32, 1, filter).Pixels, value => Assert.InRange(value, 120, 136));
    }

    [Fact]
    public void Resized_ClearPixels_DoNotBleedTheirColor()
    {
        var picture = new Picture(8, 1, 4); // opaque red beside transparent green
        for (var x = 0; x < 8; x++)
            (x < 4 ? (ReadOnlySpan<byte>)[255, 0, 0, 255] : [0, 255, 0, 0]).CopyTo(picture.Pixels.AsSpan(4 * x));

        var small = picture.Resized(3, 1, ResizeFilter.Bilinear);

        for (var x = 0; x < 3; x++)
            Assert.Equal(0, small.Pixels[4 * x + 1]);
        Assert.Equal(255, small.Pixels[4]);
    }

    [Fact]
    public void Resized_SameSize_IsThePictureItself()
    {
        var picture = PictureFixtures.Drawn(9, 9, 3);

        Assert.Same(picture, picture.Resized(9, 9));
    }

    [Theory]
    [InlineData(100, 50, 64, 64, 128, 64)]
    [InlineData(50, 100, 64, 64, 64, 128)]
    [InlineData(30, 20, 64, 48, 72, 48)]
    [InlineData(64, 64, 64, 64, 64, 64)]
    public void ResizedToCover_AnyShape_IsTheMiddleOfTheScaledPicture(int fromWidth, int fromHeight, int width, int height, int scaledWidth, int scaledHeight)
    {
        var picture = PictureFixtures.Drawn(fromWidth, fromHeight, 3);

        var covered = picture.ResizedToCover(width, height);

        PictureAssert.Same(picture.Resized(scaledWidth, scaledHeight).Cropped((scaledWidth - width) / 2, (scaledHeight - height) / 2, width, height), covered);
    }

    [Theory]
    [InlineData(0, 5)]
    [InlineData(5, -1)]
    public void Resized_ToNothing_IsRefused(int width, int height) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new Picture(3, 3, 3).Resized(width, height));
}
