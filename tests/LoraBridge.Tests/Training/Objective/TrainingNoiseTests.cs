using LoraBridge.Training.Objective;
using LoraBridge.Training.Settings;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Training.Objective;

public sealed class TrainingNoiseTests
{
    private static readonly DrawPlace s_place = new(9, 4, 1);

    [Fact]
    public void Draw_PlainNoise_IsWhiteRepeatsAndIsItsOwnInput()
    {
        using var scope = NewDisposeScope();
        var latents = zeros(2, 4, 32, 32);
        var (noise, input) = new TrainingNoise(new()).Draw(latents, s_place);
        var (again, _) = new TrainingNoise(new()).Draw(latents, s_place);
        var (other, _) = new TrainingNoise(new()).Draw(latents, s_place with { Step = 5 });

        Assert.Equal([2, 4, 32, 32], noise.shape);
        Assert.Equal(float32, noise.dtype);
        TensorAssert.Same(noise, again);
        TensorAssert.Same(noise, input);
        Assert.True(TensorAssert.MaxDifference(noise, other) > 1);
        var values = Optimizers.SmallProblem.Values(noise);
        Assert.Equal(0, values.Average(), 0.03);
        Assert.Equal(1, values.Average(value => value * value), 0.05);
    }

    [Fact]
    public void Draw_OfASample_DoesNotDependOnItsBatch()
    {
        using var scope = NewDisposeScope();
        var (alone, _) = new TrainingNoise(new()).Draw(zeros(1, 4, 8, 8), s_place);
        var (together, _) = new TrainingNoise(new()).Draw(zeros(3, 4, 8, 8), s_place);
        TensorAssert.Same(alone[0], together[0]);
        Assert.True(TensorAssert.MaxDifference(together[0], together[1]) > 0.5);
    }

    [Fact]
    public void Draw_ForHalfLatents_IsTheSameInFloat32()
    {
        using var scope = NewDisposeScope();
        var options = new NoiseOptions { Offset = 0.1, AdaptiveScale = 0.5, InputPerturbation = 0.1 };
        var latents = full([2, 4, 8, 8], 0.5, dtype: float32);
        var (exact, _) = new TrainingNoise(options).Draw(latents, s_place);
        var (half, _) = new TrainingNoise(options).Draw(latents.to(bfloat16), s_place);
        TensorAssert.Same(exact, half);
    }

    [Fact]
    public void Draw_WithAnOffset_ShiftsEachChannelByOneNumber()
    {
        using var scope = NewDisposeScope();
        var shifts = Shifts(zeros(64, 4, 4, 4), new() { Offset = 0.1 }, s_place);
        // N(0, 0.1²) over 256 channels
        Assert.Equal(0.1, Math.Sqrt(shifts.Average(shift => shift * shift)), 0.02);
        Assert.Equal(256, shifts.Distinct().Count());
        var doubled = Shifts(zeros(64, 4, 4, 4), new() { Offset = 0.2 }, s_place);
        for (var i = 0; i < shifts.Length; i++) Assert.Equal(2 * shifts[i], doubled[i], 1e-5);
    }

    [Fact]
    public void Draw_WithARandomOffset_ScalesAllBySomethingBelowOne()
    {
        using var scope = NewDisposeScope();
        var factors = Enumerable.Range(0, 30).Select(step =>
        {
            var place = s_place with { Step = step };
            var full = Shifts(zeros(1, 4, 2, 2), new() { Offset = 0.1 }, place);
            var random = Shifts(zeros(1, 4, 2, 2), new() { Offset = 0.1, OffsetRandomStrength = true }, place);
            for (var i = 1; i < 4; i++) Assert.Equal(random[0] / full[0], random[i] / full[i], 0.02);
            return random[0] / full[0];
        }).ToArray();
        Assert.All(factors, factor => Assert.InRange(factor, -0.01, 1.01));
        Assert.Equal(0.5, factors.Average(), 0.2);
    }

    [Theory]
    [InlineData(0.5, 0.1 + 0.5 * 0.8)]
    [InlineData(-0.05, 0.1 - 0.05 * 0.8)]
    [InlineData(-1, 0)]
    public void Draw_WithAnAdaptiveScale_FollowsTheLatentsMeans(double scale, double expected)
    {
        using var scope = NewDisposeScope();
        var latents = full([2, 4, 4, 4], -0.8, dtype: float32);
        var plain = Shifts(latents, new() { Offset = 0.1 }, s_place);
        var adapted = Shifts(latents, new() { Offset = 0.1, AdaptiveScale = scale }, s_place);
        for (var i = 0; i < plain.Length; i++) Assert.Equal(plain[i] / 0.1 * expected, adapted[i], 1e-5);
    }

    [Fact]
    public void Draw_WithAPerturbation_ChangesTheInputOnly()
    {
        using var scope = NewDisposeScope();
        var latents = zeros(4, 4, 16, 16);
        var (plain, _) = new TrainingNoise(new()).Draw(latents, s_place);
        var (noise, input) = new TrainingNoise(new() { InputPerturbation = 0.1 }).Draw(latents, s_place);
        TensorAssert.Same(plain, noise);
        var added = Optimizers.SmallProblem.Values(input - noise);
        Assert.Equal(0.1, Math.Sqrt(added.Average(value => value * value)), 0.005);
        Assert.Equal(0, added.Zip(Optimizers.SmallProblem.Values(noise), (a, b) => a * b).Average() / 0.1, 0.05);

        var (_, weaker) = new TrainingNoise(new() { InputPerturbation = 0.1, InputPerturbationRandomStrength = true }).Draw(latents, s_place);
        var ratios = Optimizers.SmallProblem.Values(weaker - noise).Zip(added, (a, b) => a / b).Order().ToArray();
        Assert.InRange(ratios[ratios.Length / 2], 0, 1);
        Assert.Equal(ratios[ratios.Length / 4], ratios[3 * ratios.Length / 4], 1e-3);
    }

    [Fact]
    public void Draw_WithAMultiplier_ScalesTheNoise()
    {
        using var scope = NewDisposeScope();
        var (plain, _) = new TrainingNoise(new()).Draw(zeros(1, 4, 4, 4), s_place);
        var (scaled, _) = new TrainingNoise(new() { Multiplier = 1.5 }).Draw(zeros(1, 4, 4, 4), s_place);
        TensorAssert.Close(plain * 1.5, scaled, 1e-6);
    }

    [Fact]
    public void Draw_OfMultires_HasDeviationOneAndDiffersOverLargeAreas()
    {
        using var scope = NewDisposeScope();
        var latents = zeros(4, 4, 32, 32);
        var (noise, _) = new TrainingNoise(new() { MultiresIterations = 8, MultiresDiscount = 0.8 }).Draw(latents, s_place);
        var (again, _) = new TrainingNoise(new() { MultiresIterations = 8, MultiresDiscount = 0.8 }).Draw(latents, s_place);
        var (white, _) = new TrainingNoise(new()).Draw(latents, s_place);

        TensorAssert.Same(noise, again);
        Assert.Equal(1, Optimizers.SmallProblem.Values(noise.std())[0], 1e-4);
        double OfAreas(Tensor x) => Optimizers.SmallProblem.Values(x.mean([2, 3])).Average(mean => mean * mean);
        Assert.True(OfAreas(noise) > 10 * OfAreas(white), $"{OfAreas(noise):g3} of areas, {OfAreas(white):g3} in white noise");
    }

    [Fact]
    public void Draw_OfOneMultiresIteration_AddsFullSizedNoiseOfWeightOne()
    {
        using var scope = NewDisposeScope();
        var latents = zeros(2, 4, 32, 32);
        var (noise, _) = new TrainingNoise(new() { MultiresIterations = 1 }).Draw(latents, s_place);
        var (white, _) = new TrainingNoise(new()).Draw(latents, s_place);
        // the sum of two independent noises over its deviation: correlation 1 / sqrt 2 with either
        var correlation = Optimizers.SmallProblem.Values(noise).Zip(Optimizers.SmallProblem.Values(white), (a, b) => a * b).Average();
        Assert.Equal(Math.Sqrt(0.5), correlation, 0.03);
    }

    [Fact]
    public void Noise_OfOptionsThatExcludeEachOther_SaysSo()
    {
        Assert.Throws<ArgumentException>(() => new TrainingNoise(new() { Offset = 0.1, MultiresIterations = 6 }));
        Assert.Throws<ArgumentException>(() => new TrainingNoise(new() { AdaptiveScale = 0.1 }));
    }

    // what the offset added, one number for each sample and channel; the same over the whole channel
    private static double[] Shifts(Tensor latents, NoiseOptions options, DrawPlace place)
    {
        using var scope = NewDisposeScope();
        var (plain, _) = new TrainingNoise(new()).Draw(latents, place);
        var (noise, _) = new TrainingNoise(options).Draw(latents, place);
        var added = noise - plain;
        TensorAssert.Close(added.mean([2, 3], keepdim: true).expand(added.shape), added, 1e-6);
        return Optimizers.SmallProblem.Values(added.mean([2, 3]));
    }
}
