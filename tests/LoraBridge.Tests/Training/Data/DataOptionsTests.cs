using System.ComponentModel.DataAnnotations;
using LoraBridge.Training.Data;
using LoraBridge.Training.Data.Doctor;

namespace LoraBridge.Tests.Training.Data;

public sealed class DataOptionsTests
{
    public static TheoryData<object> Defaults => [new DatasetOptions { Folder = "f" }, new CaptionOptions(), new BucketOptions(), new AugmentationOptions(), new DoctorOptions(), new DataOptions { Datasets = [new() { Folder = "f" }] }];

    [Theory]
    [MemberData(nameof(Defaults))]
    public void Defaults_Always_AreValid(object options) => Assert.Empty(Faults(options));

    public static TheoryData<object, string> Wrong => new()
    {
        { new DatasetOptions { Folder = "" }, nameof(DatasetOptions.Folder) },
        { new DatasetOptions { Folder = "f", Repeats = 0 }, nameof(DatasetOptions.Repeats) },
        { new DatasetOptions { Folder = "f", CaptionExtension = "../x" }, nameof(DatasetOptions.CaptionExtension) },
        { new CaptionOptions { DropoutRate = 1.1 }, nameof(CaptionOptions.DropoutRate) },
        { new CaptionOptions { TagDropoutRate = -0.1 }, nameof(CaptionOptions.TagDropoutRate) },
        { new CaptionOptions { TokenLength = 77 }, nameof(CaptionOptions.TokenLength) },
        { new CaptionOptions { Separator = "" }, nameof(CaptionOptions.Separator) },
        { new BucketOptions { Step = 4 }, nameof(BucketOptions.Step) },
        { new AugmentationOptions { FaceCropMinimum = 0.5 }, nameof(AugmentationOptions.FaceCropMinimum) },
        { new AugmentationOptions { AlphaBackground = 256 }, nameof(AugmentationOptions.AlphaBackground) },
        { new DataOptions { Datasets = [] }, nameof(DataOptions.Datasets) },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void Value_OutOfRange_IsFound(object options, string member) => Assert.Equal([member], Faults(options).SelectMany(fault => fault.MemberNames));

    [Fact]
    public void IsCacheable_ChangingPixels_IsFalse()
    {
        Assert.True(new AugmentationOptions { Flip = true, AlphaMask = true }.IsCacheable);
        Assert.False(new AugmentationOptions { Color = true }.IsCacheable);
        Assert.False(new AugmentationOptions { RandomCrop = true }.IsCacheable);
        Assert.False(new AugmentationOptions { FaceCropMinimum = 2 }.IsCacheable);
    }

    private static List<ValidationResult> Faults(object options)
    {
        var faults = new List<ValidationResult>();
        Validator.TryValidateObject(options, new(options), faults, validateAllProperties: true);
        return faults;
    }
}
