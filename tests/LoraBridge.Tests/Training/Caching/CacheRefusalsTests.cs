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

    /// <summary>What forbids a cache is an error where the cache is asked for, and there in the same words.</summary>
    [Fact]
    public void Check_AskedFor_RefusesForExactlyTheseReasons()
    {
        foreach (var (_, augmentation) in Augmentations.Select(row => ((string)row[0], (AugmentationOptions)row[1])))
            Same(new() { Augmentation = augmentation }, CacheRefusals.Latents);
        foreach (var (_, captions) in Captions.Select(row => ((string)row[0], (CaptionOptions)row[1])))
            Same(s_unetOnly with { Captions = captions, Cache = new() { Latents = false, TextStates = true } }, CacheRefusals.TextStates);
        Same(new() { Cache = new() { TextStates = true } }, CacheRefusals.TextStates);
        Assert.Empty(Errors(new() { Augmentation = new() { Color = true }, Cache = new() { Latents = false } }));
        Assert.Empty(Errors(s_unetOnly with { Captions = new() { Shuffle = true } }));

        static void Same(TrainingOptions options, Func<TrainingOptions, IReadOnlyList<string>> reasons) => Assert.Equal(reasons(options), Errors(options));

        static IEnumerable<string> Errors(TrainingOptions options) => SettingsRules.Check(options).Where(problem => problem.Severity == Severity.Error).Select(problem => problem.Message);
    }
}
