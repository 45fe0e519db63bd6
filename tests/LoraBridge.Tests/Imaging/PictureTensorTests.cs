using LoraBridge.Imaging;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Imaging;

public sealed class PictureTensorTests
{
    [Fact]
    public void ToTensor_Picture_HasPlanesOfRedGreenAndBlueFromMinusOneToOne()
    {
        using var scope = NewDisposeScope();
        var picture = new Picture(2, 1, 3, [0, 51, 255, 255, 102, 0]);

        var image = picture.ToTensor();

        Assert.Equal([1, 3, 1, 2], image.shape);
        Assert.Equal(ScalarType.Float32, image.dtype);
        TensorAssert.Close(tensor(new[] { -1f, 1f, -0.6f, -0.2f, 1f, -1f }, [1, 3, 1, 2]), image);
    }

    [Fact]
    public void ToTensor_GreyAndTransparentPictures_BecomeColor()
    {
        using var scope = NewDisposeScope();

        TensorAssert.Close(tensor(new[] { 1f, 1f, 1f }, [1, 3, 1, 1]), new Picture(1, 1, 1, [255]).ToTensor());
        TensorAssert.Close(tensor(new[] { 1f, 1f, 1f }, [1, 3, 1, 1]), new Picture(1, 1, 4).ToTensor());
        TensorAssert.Close(tensor(new[] { 1f, -1f, -1f }, [1, 3, 1, 1]), new Picture(1, 1, 4).ToTensor(new Rgb(255, 0, 0)));
    }

    [Fact]
    public void ToTensor_Batch_StacksPicturesInOrder()
    {
        using var scope = NewDisposeScope();
        Picture first = PictureFixtures.Drawn(5, 3, 3, seed: 1), second = PictureFixtures.Drawn(5, 3, 3, seed: 2);

        var images = PictureTensor.ToTensor([first, second]);

        TensorAssert.Same(cat([first.ToTensor(), second.ToTensor()], 0), images);
    }

    [Fact]
    public void ToTensor_BatchOfTwoSizes_NamesBoth()
    {
        var error = Assert.Throws<ArgumentException>(() => PictureTensor.ToTensor([new(2, 3, 3), new(4, 5, 3)]));

        Assert.Contains("4x5", error.Message, StringComparison.Ordinal);
        Assert.Contains("2x3", error.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => PictureTensor.ToTensor([]));
    }

    [Fact]
    public void ToPicture_OfEveryByte_IsWithinOneAndNeverAbove()
    {
        // (v / 127.5 - 1 + 1) / 2 * 255 may fall just below v, and floor then takes one less: the WebUI's rule, kept
        using var scope = NewDisposeScope();
        var picture = new Picture(256, 1, 3, [.. Enumerable.Range(0, 768).Select(i => (byte)(i / 3))]);

        var back = PictureTensor.ToPicture(picture.ToTensor());

        foreach (var (expected, actual) in picture.Pixels.Zip(back.Pixels))
            Assert.InRange(actual, expected - 1, expected);
    }

    [Fact]
    public void ToPicture_OutOfRange_IsClampedAndNotANumberIsBlack()
    {
        using var scope = NewDisposeScope();
        var image = tensor(new[] { -7f, 7f, float.NaN, 0.5f, -0.25f, 1f }, [3, 1, 2]);

        Assert.Equal([0, 0, 95, 255, 191, 255], PictureTensor.ToPicture(image).Pixels);
    }

    [Fact]
    public void ToPictures_Batch_FollowsTheRuleOfTorchItself()
    {
        using var scope = NewDisposeScope();
        var images = rand([2, 3, 8, 6], dtype: ScalarType.Float32, device: CPU) * 2.4 - 1.2;
        var expected = ((images + 1) / 2).clamp(0, 1).mul(255).floor().permute(0, 2, 3, 1).contiguous().to(ScalarType.Byte);

        var pictures = PictureTensor.ToPictures(images);

        Assert.Equal(2, pictures.Count);
        Assert.Equal((6, 8), (pictures[0].Width, pictures[0].Height));
        Assert.Equal(expected.data<byte>().ToArray(), pictures.SelectMany(picture => picture.Pixels).ToArray());
    }

    [Fact]
    public void ToPictures_HalfPrecisionAndPermutedTensors_AreUnderstood()
    {
        using var scope = NewDisposeScope();
        var image = PictureFixtures.Drawn(4, 4, 3).ToTensor();

        var permuted = PictureTensor.ToPicture(image.permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2).to(ScalarType.Float64));

        PictureAssert.Same(PictureTensor.ToPicture(image), permuted);
    }

    [Theory]
    [InlineData(1, 4, 8, 8)]
    [InlineData(1, 3, 0, 8)]
    public void ToPictures_WrongShape_NamesIt(long b, long c, long h, long w)
    {
        using var scope = NewDisposeScope();

        var error = Assert.Throws<ArgumentException>(() => PictureTensor.ToPictures(zeros([b, c, h, w], dtype: ScalarType.Float32, device: CPU)));

        Assert.Contains($"({b}, {c}, {h}, {w})", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ToMask_AlphaAndGrey_AreFromZeroToOne()
    {
        using var scope = NewDisposeScope();

        TensorAssert.Close(tensor(new[] { 0.2f, 1f }, [1, 1, 1, 2]), new Picture(2, 1, 4, [9, 9, 9, 51, 9, 9, 9, 255]).ToMask());
        TensorAssert.Close(tensor(new[] { 0.4f }, [1, 1, 1, 1]), new Picture(1, 1, 1, [102]).ToMask());
        TensorAssert.Close(tensor(new[] { 1f }, [1, 1, 1, 1]), new Picture(1, 1, 3).ToMask());
    }

    [Fact]
    public void ToTensor_InAScope_LeavesNothingBehind()
    {
        using var outer = NewDisposeScope();
        using (NewDisposeScope())
            _ = PictureTensor.ToPicture(new Picture(3, 3, 3).ToTensor());

        Assert.Equal(0, outer.DisposablesCount);
    }
}
