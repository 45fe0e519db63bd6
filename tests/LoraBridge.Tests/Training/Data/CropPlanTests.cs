using LoraBridge.Imaging;
using LoraBridge.Training.Data;

namespace LoraBridge.Tests.Training.Data;

public sealed class CropPlanTests
{
    [Theory]
    [InlineData(1024, 768, 10, 0)]      // 597 into 576
    [InlineData(500, 400, 0, 6)]        // 461 into 448
    [InlineData(512, 512, 0, 0)]
    public void Middle_Fit_CutsBothSidesAlike(int width, int height, int x, int y)
    {
        var crop = CropPlan.Middle(new BucketTable(new()).Fit(width, height));
        Assert.Equal((x, y), (crop.X, crop.Y));
    }

    [Fact]
    public void Of_RandomCrop_ReachesEveryPlace()
    {
        var picture = Picture("a.png", 1024, 768, new() { RandomCrop = true });
        var crops = Enumerable.Range(0, 1000).Select(seed => CropPlan.Of(picture, RandomSequence.For(seed))).ToList();
        Assert.Equal(Enumerable.Range(0, 22), crops.Select(crop => crop.X).Distinct().Order());
        Assert.All(crops, crop => Assert.Equal((0, picture.Fit.Bucket), (crop.Y, crop.Size)));
    }

    [Fact]
    public void Of_FaceInTheName_IsCutAround()
    {
        // a face of 100 pixels at (1500, 600): a cut of 512 is 2 to 4 faces long at a scale of 2.56 to 1.28, of which nothing is enlarged
        var near = CropPlan.Of(Picture("x-1500-600-100-80.png", 2000, 2000, new() { FaceCropMinimum = 2, FaceCropMaximum = 4 }), RandomSequence.For(1));
        Assert.Equal(new(new(2000, 2000), 1244, 344, new(512, 512)), near);

        // a face of 400: scales from 0.32 to 0.64
        var picture = Picture("x-1500-600-400-300.png", 2000, 2000, new() { FaceCropMinimum = 2, FaceCropMaximum = 4 });
        var crops = Enumerable.Range(0, 500).Select(seed => CropPlan.Of(picture, RandomSequence.For(seed))).ToList();
        Assert.InRange(crops.Min(crop => crop.Resized.Width), 640, 660);
        Assert.InRange(crops.Max(crop => crop.Resized.Width), 1260, 1280);
        Assert.All(crops, crop => Assert.True(crop.X >= 0 && crop.Y >= 0 && crop.X + 512 <= crop.Resized.Width && crop.Y + 512 <= crop.Resized.Height));
        Assert.All(crops, crop => Assert.InRange(1500.0 * crop.Resized.Width / 2000, crop.X, crop.X + 512));
    }

    [Fact]
    public void Of_FaceCropOfASmallPicture_StillCovers()
    {
        var crop = CropPlan.Of(Picture("x-100-100-300-300.png", 300, 300, new() { FaceCropMinimum = 1 }), RandomSequence.For(1));
        Assert.Equal((new PictureSize(512, 512), 0, 0), (crop.Resized, crop.X, crop.Y));
    }

    [Fact]
    public void Of_FaceCropWithoutAFaceInTheName_IsTheMiddle()
    {
        var picture = Picture("plain.png", 1024, 768, new() { FaceCropMinimum = 2 });
        Assert.Equal(CropPlan.Middle(picture.Fit), CropPlan.Of(picture, RandomSequence.For(1)));
    }

    private static TrainingPicture Picture(string name, int width, int height, AugmentationOptions augmentation) => new()
    {
        Folder = new() { Options = new() { Folder = "f" }, Path = "f", Repeats = 1, Captions = new(), Augmentation = augmentation },
        Path = name,
        Name = name,
        Info = new() { Format = PictureFormat.Png, StoredWidth = width, StoredHeight = height, Channels = 3, BitDepth = 8, Text = new Dictionary<string, string>() },
        Fit = new BucketTable(new()).Fit(width, height),
    };
}
