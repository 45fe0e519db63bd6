using LoraBridge.Diffusion.Sampling;

namespace LoraBridge.Tests.Diffusion.Sampling;

public sealed class BetaDistributionTests
{
    public static TheoryData<double> Probabilities => [1e-6, 0.05, 0.3, 0.5, 0.77, 0.999];

    [Theory]
    [MemberData(nameof(Probabilities))]
    public void Quantile_OfTheArcsineDistribution_IsItsClosedForm(double p)
    {
        var sine = Math.Sin(Math.PI * p / 2);
        Assert.Equal(sine * sine, new BetaDistribution(0.5, 0.5).Quantile(p), 1e-12);
    }

    [Theory]
    [MemberData(nameof(Probabilities))]
    public void Quantile_OfThePowerDistribution_IsItsClosedForm(double p)
    {
        Assert.Equal(Math.Cbrt(p), new BetaDistribution(3, 1).Quantile(p), 1e-12);
        Assert.Equal(1 - Math.Cbrt(1 - p), new BetaDistribution(1, 3).Quantile(p), 1e-12);
        Assert.Equal(p, new BetaDistribution(1, 1).Quantile(p), 1e-12);
    }

    [Theory]
    [MemberData(nameof(Probabilities))]
    public void Cumulative_UndoesQuantile(double p)
    {
        var distribution = new BetaDistribution(0.6, 0.6);
        Assert.Equal(p, distribution.Cumulative(distribution.Quantile(p)), 1e-10);
    }

    [Fact]
    public void Quantile_OfEqualParameters_IsSymmetric()
    {
        var distribution = new BetaDistribution(0.6, 0.6);
        Assert.Equal(1, distribution.Quantile(0.2) + distribution.Quantile(0.8), 1e-12);
        Assert.Equal((0, 1), (distribution.Quantile(0), distribution.Quantile(1)));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, -0.5)]
    [InlineData(double.NaN, 1)]
    public void Constructor_WithoutPositiveParameters_IsRefused(double a, double b) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new BetaDistribution(a, b));
}
