using LoraBridge.Training.Caching;
using LoraBridge.Training.Data;
using LoraBridge.Training.Settings;

namespace LoraBridge.Tests.Training.Caching;

public sealed class CacheRefusalsTests
{
    private static readonly TrainingOptions s_unetOnly = new() { Network = new() { TrainTextEncoder = false } };

    public static TheoryData<string, AugmentationOptions> Augmentations => new()
    {
        { "", new() { Flip = true, AlphaMask = true } },
        { "augmentation.color", new() { Color = true } },
        { "augmentation.randomCrop", new() { RandomCrop = true } },
        { "augmentation.faceCropMinimum", new() { FaceCropMinimum = 1 } },
    };

    [Theory]
    [MemberData(nameof(Augmentations))]
    public void Latents_Augmentation_NamesTheSetting(string setting, AugmentationOptions augmentation)
    {
        var reasons = CacheRefusals.Latents(augmentation).ToList();

        Assert.Equal(augmentation.IsCacheable, reasons.Count == 0);
        if (setting.Length > 0) Assert.Contains(setting, Assert.Single(reasons), StringComparison.Ordinal);
    }

    [Fact]
    public void Latents_DataSetOfItsOwnAugmentation_CountsOnce()
    {
        var color = new AugmentationOptions { Color = true };
        Assert.Empty(CacheRefusals.Latents(new TrainingOptions { Augmentation = color, Data = [new() { Folder = "a", Augmentation = new() }] }));
        Assert.Single(CacheRefusals.Latents(new TrainingOptions { Augmentation = color, Data = [new() { Folder = "a" }, new() { Folder = "b" }] }));
        Assert.Single(CacheRefusals.Latents(new TrainingOptions { Augmentation = color }));
    }

    public static TheoryData<string, CaptionOptions> Captions => new()
    {
        { "", new() { DropoutRate = 0.1, DropoutEveryEpochs = 2, Weighted = true, Prefix = "a", TriggerWord = "b" } },
        { "captions.shuffle", new() { Shuffle = true } },
        { "captions.tagDropoutRate", new() { TagDropoutRate = 0.1 } },
        { "captions.tokenWarmupSteps", new() { TokenWarmupSteps = 0.5 } },
        { "captions.wildcards", new() { Wildcards = true } },
    };

    [Theory]
    [MemberData(nameof(Captions))]
    public void TextStates_Captions_NameTheSetting(string setting, CaptionOptions captions)
    {
        var reasons = CacheRefusals.TextStates(s_unetOnly with { Captions = captions });

        if (setting.Length == 0) Assert.Empty(reasons);
        else Assert.Contains(setting, Assert.Single(reasons), StringComparison.Ordinal);
    }

    [Fact]
    public void TextStates_TextEncoderIsTrained_IsTheFirstReason()
    {
        var options = new TrainingOptions { Captions = new() { Shuffle = true } };

        var reasons = CacheRefusals.TextStates(options);

        Assert.Equal(2, reasons.Count);
        Assert.Contains("network.trainTextEncoder", reasons[0], StringComparison.Ordinal);
        Assert.Single(CacheRefusals.TextStates(options with { Optimizer = new() { TextEncoderLearningRate = 0 } }));
    }
}
