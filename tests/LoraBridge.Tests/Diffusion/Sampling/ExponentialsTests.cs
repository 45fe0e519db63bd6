using LoraBridge.Diffusion.Sampling;

namespace LoraBridge.Tests.Diffusion.Sampling;

public sealed class ExponentialsTests
{
    [Theory]
    [InlineData(1e-20, 1e-20)]
    [InlineData(-1e-10, -9.9999999995e-11)]
    [InlineData(1e-5, 1.0000050000166668e-5)]
    [InlineData(1, 1.718281828459045)]
    [InlineData(-40, -1)]
    [InlineData(double.NegativeInfinity, -1)]
    [InlineData(double.PositiveInfinity, double.PositiveInfinity)]
    [InlineData(0, 0)]
    public void Expm1_IsAccurateNearZeroAndAtTheEnds(double x, double expected)
    {
        var actual = Exponentials.Expm1(x);
        Assert.True(actual == expected || Math.Abs(actual / expected - 1) < 1e-14, $"{actual:r}");
    }
}
