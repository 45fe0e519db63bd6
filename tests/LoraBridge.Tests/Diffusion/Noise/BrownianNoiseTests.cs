using LoraBridge.Diffusion.Noise;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Diffusion.Noise;

public sealed class BrownianNoiseTests
{
    private const double Start = 0.029167160391807556;
    private const double End = 14.614641189575195;

    [Theory]
    [InlineData(42UL, new uint[0], 387750627u)]
    [InlineData(42UL, new uint[] { 0 }, 1939639921u)]
    public void SeedSequence_GivesNumPysWords(ulong seed, uint[] keys, uint expected) =>
        Assert.Equal(expected, SeedSequence.FirstWord(seed, keys, 24));

    // the first four of sixteen values and their sum, computed with torchsde 0.2.6 on torch's CPU generator
    [Theory]
    [InlineData(42, Start, End, 5.0, End, new[] { 2.622629404067993, 0.8153395652770996, -1.914859414100647, -3.0933756828308105 }, -11.360697090625763)]
    [InlineData(42, Start, End, 3.123456789, 7.0, new[] { 0.7936009764671326, 0.5662592649459839, 0.7992488741874695, -0.5352470278739929 }, 3.0064222868531942)]
    [InlineData(42, Start, End, Start, 0.5, new[] { -0.13512064516544342, 0.8800163865089417, 0.3137289583683014, -0.09543151408433914 }, 1.276223262771964)]
    [InlineData(1234567890123, 0.1, 10.0, 5.0, 10.0, new[] { 0.4866376221179962, 1.359849214553833, 0.39978325366973877, -4.669142723083496 }, -9.46972969174385)]
    [InlineData(1234567890123, 0.1, 10.0, 0.5, 3.123456789, new[] { -2.4201486110687256, 0.5414668321609497, -1.1239354610443115, -2.557116985321045 }, -21.10239501297474)]
    public void Increment_EqualsTorchsdes(long seed, double start, double end, double from, double to, double[] first, double sum)
    {
        var increment = new BrownianTree(NoiseOrigin.Cpu, seed, 16, start, end).Increment(from, to);
        for (var i = 0; i < first.Length; i++) Assert.Equal(first[i], increment[i], 1e-6);
        Assert.Equal(sum, increment.Sum(value => (double)value), 5e-6);
    }

    [Fact]
    public void Increment_DoesNotDependOnWhatWasAskedBefore()
    {
        var tree = Tree(3);
        tree.Increment(1, 2);
        tree.Increment(0.5, 13);
        Assert.Equal(Tree(3).Increment(2, 5), tree.Increment(2, 5));
    }

    [Fact]
    public void Increment_OverAWhole_IsTheSumOverItsParts()
    {
        var tree = Tree(3);
        var (first, second, whole) = (tree.Increment(1, 4.4), tree.Increment(4.4, 9), tree.Increment(1, 9));
        for (var i = 0; i < whole.Length; i++) Assert.Equal(whole[i], first[i] + second[i], 1e-5);
    }

    [Theory]
    [InlineData(0.5, 0.6)]
    [InlineData(3, 9)]
    public void Increment_HasTheVarianceOfItsTime(double from, double to)
    {
        var increment = new BrownianTree(NoiseOrigin.Philox, 1, 1 << 14, Start, End).Increment(from, to);
        Assert.InRange(increment.Average(value => (double)value * value) / (to - from), 0.95, 1.05);
    }

    [Fact]
    public void Increments_OfTimesApart_AreIndependent()
    {
        var tree = new BrownianTree(NoiseOrigin.Philox, 1, 1 << 14, Start, End);
        var (a, b) = (tree.Increment(1, 2), tree.Increment(2, 3));
        Assert.InRange(a.Zip(b).Average(pair => (double)pair.First * pair.Second), -0.03, 0.03);
    }

    [Fact]
    public void Increment_BeyondTheSpan_StopsAtItsEnds()
    {
        Assert.Equal(Tree(3).Increment(Start, End), Tree(3).Increment(0, 100));
        Assert.All(Tree(3).Increment(20, 30), value => Assert.Equal(0, value));
    }

    [Fact]
    public void Draw_IsUnitNoiseWithTheStepsSign()
    {
        using var scope = NewDisposeScope();
        var noise = new BrownianNoise(new() { Seed = 42, Origin = NoiseOrigin.Cpu }, new(1, 4, 4), 1, [End, 5, Start, 0]);
        var drawn = noise.Draw(zeros(1, 1, 4, 4), End, 5);
        Assert.Equal(-2.622629404067993 / Math.Sqrt(End - 5), drawn[0, 0, 0, 0].ToDouble(), 1e-6);
    }

    [Fact]
    public void Draw_OfABatch_HasAPathForEachSeed()
    {
        using var scope = NewDisposeScope();
        double[] sigmas = [10, 5, 1, 0];
        var batch = new BrownianNoise(new() { Seed = 42 }, new(4, 4, 4), 3, sigmas).Draw(zeros(3, 4, 4, 4), 10, 5);
        for (var i = 0; i < 3; i++)
        {
            var alone = new BrownianNoise(new() { Seed = 42 }, new(4, 4, 4), 1, sigmas, firstImage: i).Draw(zeros(1, 4, 4, 4), 10, 5);
            TensorAssert.Same(alone[0], batch[i]);
        }
    }

    private static BrownianTree Tree(long seed) => new(NoiseOrigin.Philox, seed, 64, Start, End);
}
