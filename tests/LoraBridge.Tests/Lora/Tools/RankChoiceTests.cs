using LoraBridge.Lora.Tools;

namespace LoraBridge.Tests.Lora.Tools;

public sealed class RankChoiceTests
{
    // they sum to 14, their squares to 40.08
    private static readonly double[] s_values = [4, 3, 3, 2, 1.2, 0.8, 0];

    [Theory]
    [InlineData(RankMethod.Ratio, 1, 1)]
    [InlineData(RankMethod.Ratio, 1.34, 3)]
    [InlineData(RankMethod.Ratio, 2, 4)]                                        // exactly 2 counts
    [InlineData(RankMethod.Ratio, 1e9, 6)]                                      // a value of zero never does
    [InlineData(RankMethod.Cumulative, 0.2, 1)]
    [InlineData(RankMethod.Cumulative, 0.5, 2)]                                 // 7 of 14
    [InlineData(RankMethod.Cumulative, 0.51, 3)]
    [InlineData(RankMethod.Cumulative, 1, 6)]
    [InlineData(RankMethod.Frobenius, 0.6, 1)]                                  // √(16 / 40.08) = 0.632
    [InlineData(RankMethod.Frobenius, 0.7, 2)]                                  // √(25 / 40.08) = 0.790
    [InlineData(RankMethod.Frobenius, 0.95, 4)]                                 // √(38 / 40.08) = 0.974, √(34 / 40.08) = 0.921
    [InlineData(RankMethod.Frobenius, 1, 6)]
    public void Choose_ByACriterion_KeepsWhatItAsksAndNoMore(RankMethod method, double threshold, int expected) =>
        Assert.Equal(expected, RankChoice.Dynamic(method, threshold).Choose(s_values, Math.Sqrt(s_values.Sum(value => value * value))));

    [Theory]
    [InlineData(3, 3)]
    [InlineData(100, 7)]
    public void Choose_AFixedRank_IsThatOrAllThereAre(int rank, int expected) => Assert.Equal(expected, RankChoice.Fixed(rank).Choose(s_values, 1));

    [Fact]
    public void Choose_WithALimit_StaysBelowIt() => Assert.Equal(2, RankChoice.Dynamic(RankMethod.Ratio, 1000, most: 2).Choose(s_values, 1));

    [Fact]
    public void Choose_ForALayerOfZeros_IsOne()
    {
        foreach (var method in new[] { RankMethod.Ratio, RankMethod.Frobenius, RankMethod.Cumulative })
            Assert.Equal(1, RankChoice.Dynamic(method, 1).Choose([0, 0], 0));
    }

    [Theory]
    [InlineData(RankMethod.Ratio, 0.5)]
    [InlineData(RankMethod.Frobenius, 1.1)]
    [InlineData(RankMethod.Cumulative, 0)]
    [InlineData(RankMethod.Cumulative, double.NaN)]
    public void Dynamic_AThresholdOutOfItsRange_IsRefused(RankMethod method, double threshold) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => RankChoice.Dynamic(method, threshold));

    [Fact]
    public void Fixed_NoRank_IsRefused() => Assert.Throws<ArgumentOutOfRangeException>(() => RankChoice.Fixed(0));
}
