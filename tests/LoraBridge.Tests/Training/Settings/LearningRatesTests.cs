using LoraBridge.Training.Settings;

namespace LoraBridge.Tests.Training.Settings;

/// <summary>What is resolved from several settings: rates, scales, names, an optimizer's own numbers.</summary>
public sealed class LearningRatesTests
{
    [Fact]
    public void Rate_NotGiven_IsTheCommonOne() =>
        Assert.Equal(new LearningRates(3e-4, 5e-5, true, true), LearningRates.Of(new() { Optimizer = new() { LearningRate = 3e-4, TextEncoderLearningRate = 5e-5 } }));

    [Fact]
    public void Rate_OfZero_LeavesThePartUntrained()
    {
        var rates = LearningRates.Of(new() { Optimizer = new() { TextEncoderLearningRate = 0 } });

        Assert.Equal((true, false, 2e-4), (rates.TrainsUNet, rates.TrainsTextEncoder, rates.Largest));
    }

    [Theory]
    [InlineData(8, null, false, 1.0)]
    [InlineData(8, 16.0, false, 2.0)]
    [InlineData(16, 1.0, false, 0.0625)]
    [InlineData(16, 16.0, true, 4.0)]
    public void Scale_IsAlphaByRankOrItsRoot(int rank, double? alpha, bool stabilized, double scale) =>
        Assert.Equal(scale, new NetworkOptions { Rank = rank, Alpha = alpha, RankStabilized = stabilized }.Scale);

    [Fact]
    public void ConvRank_IsOfUseWithConvolutionsOnly()
    {
        Assert.Equal(0, new NetworkOptions { ConvRank = 4 }.EffectiveConvRank);
        Assert.Equal((4, 4.0), new NetworkOptions { Algorithm = NetworkAlgorithm.LoCon, ConvRank = 4, Alpha = 16 } is var locon ? (locon.EffectiveConvRank, locon.EffectiveConvAlpha) : default);
        Assert.Equal((8, 16.0), new NetworkOptions { Algorithm = NetworkAlgorithm.LoHa, Alpha = 16 } is var loha ? (loha.EffectiveConvRank, loha.EffectiveConvAlpha) : default);
    }

    [Theory]
    [InlineData(null, "./output/my_style_lora", "my_style_lora")]
    [InlineData(null, "./output/my_style_lora/", "my_style_lora")]
    [InlineData(null, "C:\\out\\风格", "风格")]
    [InlineData(null, "..", "lora")]
    [InlineData("mine", "./output/x", "mine")]
    public void Name_IsTheFoldersLastPart(string? name, string folder, string expected) =>
        Assert.Equal(expected, new SavingOptions { Name = name, Folder = folder }.EffectiveName);

    [Fact]
    public void Optimizer_HasItsOwnNumbersUntilTheyAreGiven()
    {
        Assert.Equal(new OptimizerDefaults(0.9, 0.999, 1e-8, 0.01), OptimizerDefaults.Of(new OptimizerOptions()));
        Assert.Equal(new OptimizerDefaults(0.9, 0.99, 1e-8, 0.2), OptimizerDefaults.Of(new OptimizerOptions { Kind = OptimizerKind.Lion, WeightDecay = 0.2 }));
    }
}
