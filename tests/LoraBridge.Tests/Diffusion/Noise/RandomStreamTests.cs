using LoraBridge.Diffusion.Noise;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Diffusion.Noise;

public sealed class RandomStreamTests
{
    [Fact]
    public void MersenneTwister_OfTheAuthorsSeed_GivesTheStandardsTenThousandthNumber()
    {
        var twister = new MersenneTwister(5489);
        var last = 0u;
        for (var i = 0; i < 10_000; i++) last = twister.NextUInt32();
        Assert.Equal(4123659995u, last);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(42)]
    [InlineData(4294967295)]
    [InlineData(4294967296 + 7)]
    public void Cpu_EqualsTorchsGenerator_DrawAfterDraw(long seed)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator((ulong)seed);
        var ours = NormalGenerator.Create(NoiseOrigin.Cpu, seed);
        foreach (var count in new[] { 16, 15, 1, 17, 31, 3, 4096, 2 })
        {
            var expected = randn([count], dtype: float32, generator: generator);
            var actual = new float[count];
            ours.Fill(actual);
            // torch itself rounds otherwise on machines without AVX2
            TensorAssert.Close(expected, tensor(actual), 5e-7, $"{count} numbers");
        }
    }

    [Theory]
    [InlineData(NoiseOrigin.Cpu)]
    [InlineData(NoiseOrigin.Philox)]
    public void Stream_IsUnitGaussian(NoiseOrigin origin)
    {
        var values = NormalGenerator.First(origin, 123, 1 << 18);
        var mean = values.Average(value => (double)value);
        var variance = values.Average(value => (double)value * value) - mean * mean;
        var kurtosis = values.Average(value => Math.Pow(value, 4)) / (variance * variance);
        Assert.InRange(mean, -0.008, 0.008);
        Assert.InRange(variance, 0.99, 1.01);
        Assert.InRange(kurtosis, 2.94, 3.06);
    }

    [Theory]
    [InlineData(NoiseOrigin.Cpu)]
    [InlineData(NoiseOrigin.Philox)]
    public void Stream_OfASeed_IsTheSameAgain_AndOfAnotherIsNot(NoiseOrigin origin)
    {
        Assert.Equal(NormalGenerator.First(origin, 7, 64), NormalGenerator.First(origin, 7, 64));
        Assert.NotEqual(NormalGenerator.First(origin, 7, 64), NormalGenerator.First(origin, 8, 64));
        Assert.All(NormalGenerator.First(origin, -3, 64), value => Assert.True(float.IsFinite(value)));
    }

    [Fact]
    public void Philox_OfASeedAbove32Bits_UsesThemAll() =>
        Assert.NotEqual(NormalGenerator.First(NoiseOrigin.Philox, 7, 64), NormalGenerator.First(NoiseOrigin.Philox, 7 + (1L << 32), 64));

    [Fact]
    public void Philox_OfAShorterDraw_IsTheBeginningOfALonger() =>
        Assert.Equal(NormalGenerator.First(NoiseOrigin.Philox, 7, 20_000)[..100], NormalGenerator.First(NoiseOrigin.Philox, 7, 100));

    [Theory]
    [InlineData(1f)]
    [InlineData(5.9604645e-8f)]
    [InlineData(0.3f)]
    [InlineData(0.7071068f)]
    [InlineData(0.99999994f)]
    public void SinglePrecisionLog_IsAccurate(float x) => Assert.Equal(Math.Log(x), SinglePrecision.Log(x), 1e-6);

    [Fact]
    public void SinglePrecisionSinCos_IsAccurateAllTheWayRound()
    {
        for (var i = 0; i < 1000; i++)
        {
            var angle = i * 2 * MathF.PI / 1000;
            var (sine, cosine) = SinglePrecision.SinCos(angle);
            Assert.Equal(Math.Sin(angle), sine, 2e-7);
            Assert.Equal(Math.Cos(angle), cosine, 2e-7);
        }
    }

    [Fact]
    public void Create_OfAnUnknownOrigin_IsRefused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => NormalGenerator.Create((NoiseOrigin)7, 1));
}
