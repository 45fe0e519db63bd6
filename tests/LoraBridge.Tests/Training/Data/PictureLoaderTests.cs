using LoraBridge.Imaging;
using LoraBridge.Tests.Imaging;
using LoraBridge.Tests.Native;
using LoraBridge.Training.Data;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Training.Data;

/// <summary>Tensors are counted, so these run alone.</summary>
[Collection(ProcessWide.Name)]
public sealed class PictureLoaderTests : IDisposable
{
    private readonly PictureFolder _folder = new();
    private readonly DatasetOptions _dataset;

    public PictureLoaderTests() => _dataset = _folder.Dataset() with { FallbackCaption = "x" };

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Load_BucketSizedPicture_IsItsPixels()
    {
        var picture = PictureFolder.Drawn(64, 64, 1);
        _folder.Picture("a.png", picture);
        using var loaded = Load();

        Assert.Equal([1, 3, 64, 64], loaded.Pixels.shape);
        Assert.Equal(ScalarType.Float32, loaded.Pixels.dtype);
        Assert.Null(loaded.Mask);
        using var expected = picture.ToTensor();
        Assert.Equal(expected.data<float>().ToArray(), loaded.Pixels.data<float>().ToArray());
    }

    [Fact]
    public void Read_LargerPicture_IsShrunkByAreaAndCutInTheMiddle()
    {
        var picture = PictureFolder.Drawn(240, 160, 2);
        _folder.Picture("a.png", picture);
        var set = _folder.Read(_dataset);
        var fit = set.Pictures[0].Fit;
        var (pixels, _) = new PictureLoader(set).Read(Sample(set));

        var expected = picture.Resized(fit.Resized.Width, fit.Resized.Height, ResizeFilter.Box)
            .Cropped((fit.Resized.Width - fit.Bucket.Width) / 2, (fit.Resized.Height - fit.Bucket.Height) / 2, fit.Bucket.Width, fit.Bucket.Height);
        Assert.Equal(expected.Pixels, pixels.Pixels);
    }

    [Fact]
    public void Read_SmallerPicture_IsEnlargedByLanczos()
    {
        var picture = PictureFolder.Drawn(30, 30, 2);
        _folder.Picture("a.png", picture);
        var set = _folder.Read(_dataset);
        Assert.Equal(picture.Resized(64, 64, ResizeFilter.Lanczos).Pixels, new PictureLoader(set).Read(Sample(set)).Pixels.Pixels);
    }

    [Fact]
    public void Read_Flip_MirrorsAfterTheCut()
    {
        _folder.Picture("a.png", 80, 64, 3);
        var set = _folder.Read(_dataset);
        var loader = new PictureLoader(set);
        var sample = Sample(set) with { Crop = new(new(80, 64), 13, 0, new(64, 64)) };
        var (straight, _) = loader.Read(sample);
        var (mirrored, _) = loader.Read(sample with { Flip = true });

        Assert.Equal(PictureFolder.Drawn(80, 64, 3).Cropped(13, 0, 64, 64).Pixels, straight.Pixels);
        Assert.Equal(straight.FlippedHorizontally().Pixels, mirrored.Pixels);
    }

    [Fact]
    public void Read_TurnedPicture_StandsUpright()
    {
        var fixture = PictureFixtures.All.First(fixture => fixture.Orientation == 6 && fixture.Broken is null);
        _folder.Bytes(fixture.File, PictureFixtures.Bytes(fixture.File));
        var set = TrainingSet.Read(_folder.Options(_dataset) with { Buckets = new() { Enabled = false, Width = 64, Height = 64 } });
        var upright = PictureFile.Read(_folder.At(fixture.File)).ToRgb();
        var fit = set.Pictures[0].Fit;
        var filter = fit.Resized.Width <= upright.Width && fit.Resized.Height <= upright.Height ? ResizeFilter.Box : ResizeFilter.Lanczos;
        var expected = upright.Resized(fit.Resized.Width, fit.Resized.Height, filter).Cropped((fit.Resized.Width - 64) / 2, (fit.Resized.Height - 64) / 2, 64, 64);
        Assert.Equal(expected.Pixels, new PictureLoader(set).Read(Sample(set)).Pixels.Pixels);
    }

    [Theory]
    [InlineData(255, 255)]
    [InlineData(0, 0)]
    [InlineData(null, 90)]
    public void Read_Alpha_IsFlattenedOrIgnored(int? background, byte expected)
    {
        _folder.Picture("a.png", Halves());
        var set = _folder.Read(_dataset with { Augmentation = new() { AlphaBackground = background } });
        var (pixels, mask) = new PictureLoader(set).Read(Sample(set));

        Assert.Null(mask);
        Assert.Equal([90, 90, 90], pixels.Row(5)[..3].ToArray());
        Assert.Equal([expected, expected, expected], pixels.Row(5)[^3..].ToArray());
    }

    [Fact]
    public void Load_AlphaMask_IsTheMeanOfEachLatentCell()
    {
        _folder.Picture("a.png", Halves());
        using var loaded = Load(_dataset with { Augmentation = new() { AlphaMask = true } });

        Assert.Equal([1, 1, 8, 8], loaded.Mask!.shape);
        // 36 of 64 columns are opaque: four cells and half of the fifth
        float[] row = [1, 1, 1, 1, 0.5f, 0, 0, 0];
        Assert.Equal(Enumerable.Repeat(row, 8).SelectMany(values => values), loaded.Mask.data<float>().ToArray());
    }

    [Fact]
    public void Load_MaskFile_IsCutAndMirroredWithThePicture()
    {
        var mask = new Picture(80, 64, 1);
        for (var y = 0; y < 64; y++) mask.Row(y)[..16].Fill(255);
        _folder.Picture("a.png", 80, 64).Picture("masks/a.png", mask);
        var set = _folder.Read(_dataset with { MaskFolder = "masks" });
        var sample = Sample(set) with { Crop = new(new(80, 64), 8, 0, new(64, 64)), Flip = true };
        using var loaded = new PictureLoader(set).Load(sample);

        float[] row = [0, 0, 0, 0, 0, 0, 0, 1];
        Assert.Equal(Enumerable.Repeat(row, 8).SelectMany(values => values), loaded.Mask!.data<float>().ToArray());
    }

    [Fact]
    public void Load_Batch_FillsMissingMasksWithOnes()
    {
        _folder.Picture("a.png").Picture("b.png", seed: 1).Picture("masks/b.png", new Picture(64, 64, 1));
        var set = _folder.Read(_dataset with { MaskFolder = "masks" });
        var batch = new PlannedBatch(new(64, 64), [Sample(set), Sample(set) with { Picture = 1 }]);
        using var loaded = new PictureLoader(set).Load(batch);

        Assert.Equal([2, 3, 64, 64], loaded.Pixels.shape);
        Assert.Equal([.. Enumerable.Repeat(1f, 64), .. Enumerable.Repeat(0f, 64)], loaded.Mask!.data<float>().ToArray());
        using var second = PictureFolder.Drawn(64, 64, 1).ToTensor();
        Assert.Equal(second.data<float>().ToArray(), loaded.Pixels.data<float>().ToArray()[^(3 * 64 * 64)..]);
    }

    [Fact]
    public void Load_ColorSeed_ChangesColorsOnly()
    {
        _folder.Picture("a.png");
        var set = _folder.Read(_dataset);
        var loader = new PictureLoader(set);
        var seed = Enumerable.Range(0, 100).Select(i => (ulong)i).First(i => ColorVariation.Apply(PictureFolder.Drawn(64, 64, 0), i).Pixels[0] != PictureFolder.Drawn(64, 64, 0).Pixels[0]);
        var (pixels, _) = loader.Read(Sample(set) with { ColorSeed = seed });
        Assert.Equal(ColorVariation.Apply(PictureFolder.Drawn(64, 64, 0), seed).Pixels, pixels.Pixels);
    }

    [Fact]
    public void Load_ChangedOrGonePicture_IsNamed()
    {
        _folder.Picture("a.png");
        var set = _folder.Read(_dataset);
        _folder.Picture("a.png", 65, 64);
        Assert.Contains("65x64", Assert.Throws<DatasetException>(() => new PictureLoader(set).Load(Sample(set))).Message);
        File.Delete(_folder.At("a.png"));
        Assert.Contains(_folder.At("a.png"), Assert.Throws<DatasetException>(() => new PictureLoader(set).Load(Sample(set))).Message);
    }

    [Fact]
    public void Load_Always_LeavesItsTwoTensors()
    {
        _folder.Picture("a.png", Halves());
        var set = _folder.Read(_dataset with { Augmentation = new() { AlphaMask = true } });
        var before = ProcessWide.CountTensors();
        var loaded = new PictureLoader(set).Load(Sample(set));
        Assert.Equal(2, ProcessWide.CountTensors() - before);
        loaded.Dispose();
        Assert.Equal(0, ProcessWide.CountTensors() - before);
    }

    private LoadedPictures Load(DatasetOptions? dataset = null)
    {
        var set = _folder.Read(dataset ?? _dataset);
        return new PictureLoader(set).Load(Sample(set));
    }

    private static PlannedSample Sample(TrainingSet set) => new(0, 0, CropPlan.Middle(set.Pictures[0].Fit), Flip: false, ColorSeed: null, CaptionSeed: 1);

    /// <summary>Grey 90 everywhere, opaque in the left 36 columns only.</summary>
    private static Picture Halves()
    {
        var picture = new Picture(64, 64, 4);
        for (var i = 0; i < picture.Pixels.Length; i++) picture.Pixels[i] = i % 4 < 3 ? (byte)90 : i / 4 % 64 < 36 ? (byte)255 : (byte)0;
        return picture;
    }
}
