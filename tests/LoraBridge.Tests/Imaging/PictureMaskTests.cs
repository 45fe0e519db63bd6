using LoraBridge.Imaging;

namespace LoraBridge.Tests.Imaging;

public sealed class PictureMaskTests
{
    [Fact]
    public void ToMaskPicture_WithTransparentPixels_IsTheAlpha()
    {
        var picture = new Picture(3, 1, 4, [255, 255, 255, 0, 0, 0, 0, 129, 9, 9, 9, 128]);
        Assert.Equal([0, 255, 0], picture.ToMaskPicture().Pixels);
        Assert.Equal([0, 129, 128], picture.ToMaskPicture(round: false).Pixels);
    }

    [Fact]
    public void ToMaskPicture_Opaque_IsTheLuma()
    {
        var picture = new Picture(3, 1, 4, [255, 255, 255, 255, 0, 0, 0, 255, 255, 0, 0, 255]);
        Assert.Equal([255, 0, 76], picture.ToMaskPicture().Pixels);
        Assert.Equal([0, 255, 179], picture.ToMaskPicture().Inverted().Pixels);
    }

    [Fact]
    public void Choose_TakesWhiteWhereTheMaskIsWhite()
    {
        var (white, black) = (TestPictures.Noise(4, 4), TestPictures.Noise(4, 4, seed: 2));
        Assert.Equal(black.Pixels, PictureMask.Choose(new(4, 4, 1), white, black).Pixels);
        Assert.Equal(white.Pixels, PictureMask.Choose(new Picture(4, 4, 1).Inverted(), white, black).Pixels);
        var half = PictureMask.Choose(new Picture(4, 4, 1).Mapped(_ => 51), white, black);
        Assert.Equal(white.Pixels.Zip(black.Pixels, (w, b) => (byte)Math.Round(b + 0.2 * (w - b))), half.Pixels);
        Assert.Throws<ArgumentException>(() => PictureMask.Choose(new(4, 3, 1), white, black));
    }

    [Fact]
    public void Mix_IsBetweenThePictures()
    {
        var (one, other) = (new Picture(1, 1, 3, [0, 100, 200]), new Picture(1, 1, 3, [100, 0, 201]));
        Assert.Equal(one.Pixels, PictureMask.Mix(one, other, 0).Pixels);
        Assert.Equal(other.Pixels, PictureMask.Mix(one, other, 1).Pixels);
        Assert.Equal([25, 75, 200], PictureMask.Mix(one, other, 0.25).Pixels);
        Assert.Throws<ArgumentException>(() => PictureMask.Mix(one, new(2, 1, 3), 0.5));
    }

    [Fact]
    public void FilledFromAround_KeepsWhatIsBlackAndFillsWithTheColoursBeside()
    {
        var mask = TestPictures.Mask(48, 32, new(12, 8, 36, 24));
        var picture = new Picture(48, 32, 3);
        for (var y = 0; y < 32; y++)
            for (var x = 0; x < 48; x++) (x < 24 ? new byte[] { 200, 10, 10 } : [10, 10, 200]).CopyTo(picture.Row(y)[(3 * x)..]);
        // what lies under the mask must not matter
        for (var y = 8; y < 24; y++) picture.Row(y)[36..108].Fill(90);

        var filled = picture.FilledFromAround(mask);
        for (var y = 0; y < 32; y++)
            for (var x = 0; x < 48; x++)
                if (mask.Row(y)[x] == 0) Assert.Equal(picture.Row(y).Slice(3 * x, 3).ToArray(), filled.Row(y).Slice(3 * x, 3).ToArray());
        byte[] left = [.. filled.Row(16).Slice(3 * 14, 3)], right = [.. filled.Row(16).Slice(3 * 33, 3)];
        Assert.True(left[0] > 150 && left[2] < 60, "red beside red");
        Assert.True(right[2] > 150 && right[0] < 60, "blue beside blue");
        Assert.InRange(filled.Row(16)[1 + 3 * 24], 0, 30);
    }

    [Fact]
    public void FilledFromAround_WhereNothingIsKept_IsBlack()
    {
        var filled = TestPictures.Noise(9, 7).FilledFromAround(new Picture(9, 7, 1).Inverted());
        Assert.All(filled.Pixels, value => Assert.Equal(0, value));
        Assert.Throws<ArgumentException>(() => TestPictures.Noise(9, 7).FilledFromAround(new(7, 9, 1)));
    }
}
