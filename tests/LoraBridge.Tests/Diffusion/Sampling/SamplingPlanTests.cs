using LoraBridge.Diffusion;
using LoraBridge.Diffusion.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Diffusion.Sampling;

public sealed class SamplingPlanTests
{
    private static readonly NoiseSchedule s_schedule = NoiseSchedule.StableDiffusion;

    [Fact]
    public void FromNoise_TakesTheChosenScheduler()
    {
        var plan = SamplingPlan.FromNoise(SamplerNames.Resolve("Euler", "Karras"), 10, s_schedule);
        Assert.Equal(Schedulers.Get("karras").Sigmas(10, s_schedule), plan.Levels);
        Assert.Equal(plan.Levels[0], plan.StartSigma);
    }

    [Fact]
    public void FromNoise_WhenTheSamplerDiscards_MakesOneLevelMoreAndDropsTheNextToLast()
    {
        var all = Schedulers.Get("karras").Sigmas(11, s_schedule);
        Assert.Equal([.. all[..10], 0], SamplingPlan.FromNoise(SamplerNames.Resolve("DPM2"), 10, s_schedule).Levels);
        Assert.Equal([.. all[..10], 0], SamplingPlan.FromNoise(SamplerNames.Resolve("DPM++ 2M"), 10, s_schedule, new() { AlwaysDiscardNextToLastSigma = true }).Levels);
    }

    [Fact]
    public void FromNoise_OfATimestepSampler_ListsRisingTimesteps()
    {
        var plan = SamplingPlan.FromNoise(SamplerNames.Resolve("DDIM", "Karras"), 5, s_schedule);
        Assert.Equal([1, 201, 401, 601, 801], plan.Levels);
        Assert.Equal(31, SamplingPlan.FromNoise(SamplerNames.Resolve("PLMS"), 30, s_schedule).Levels.Count);
        Assert.Equal(999, SamplingPlan.FromNoise(SamplerNames.Resolve("PLMS"), 1000, s_schedule).Levels[^1]);
    }

    [Fact]
    public void FromNoise_OfLcm_TakesLevelsOfItsFiftyTimesteps()
    {
        var plan = SamplingPlan.FromNoise(SamplerNames.Resolve("LCM"), 50, s_schedule);
        Assert.Equal(s_schedule.Thinned(50).Sigmas.ToArray().Reverse().Append(0), plan.Levels.Select(sigma => (float)sigma), (a, b) => Math.Abs(a - b) <= 1e-6 * b);
    }

    [Theory]
    [InlineData(20, 0.5, 11)]
    [InlineData(20, 0.75, 16)]
    [InlineData(20, 1, 20)]
    [InlineData(20, 0, 1)]
    [InlineData(7, 0.3, 3)]
    public void FromImage_TakesTheLastStepsByStrength(int steps, double strength, int expected)
    {
        var all = Schedulers.Get("uniform").Sigmas(steps, s_schedule);
        var plan = SamplingPlan.FromImage(SamplerNames.Resolve("Euler"), steps, strength, s_schedule);
        Assert.Equal(expected, plan.Levels.Count - 1);
        Assert.Equal(all[^(expected + 1)..], plan.Levels);
    }

    [Theory]
    [InlineData(20, 0.5)]
    [InlineData(20, 0.75)]
    [InlineData(10, 0.2)]
    public void FromImage_WithExactSteps_TakesThemAll(int steps, double strength)
    {
        var plan = SamplingPlan.FromImage(SamplerNames.Resolve("Euler"), steps, strength, s_schedule, exactSteps: true);
        Assert.Equal(steps, plan.Levels.Count - 1);
        Assert.True(plan.StartSigma < s_schedule.SigmaMax);
    }

    [Theory]
    [InlineData("Euler")]
    [InlineData("DDIM")]
    public void FromImage_WithExactStepsAndNoStrength_TakesNone(string sampler)
    {
        using var scope = NewDisposeScope();
        var plan = SamplingPlan.FromImage(SamplerNames.Resolve(sampler), 10, 0, s_schedule, exactSteps: true);
        Assert.True(plan.IsEmpty);
        var latents = randn([1, 4, 2, 2], dtype: float32, device: CPU);
        TensorAssert.Same(latents, plan.Begin(latents, ones_like(latents), 5));
    }

    [Theory]
    [InlineData("Euler")]
    [InlineData("DDIM")]
    public void Begin_WithExtraNoise_AddsItToTheImage(string sampler)
    {
        using var scope = NewDisposeScope();
        var plan = SamplingPlan.FromImage(SamplerNames.Resolve(sampler), 10, 0.5, s_schedule);
        var (latents, noise) = (randn([1, 4, 2, 2], dtype: float32, device: CPU), randn([1, 4, 2, 2], dtype: float32, device: CPU));
        TensorAssert.Close(plan.Begin(latents + noise * 0.3, noise), plan.Begin(latents, noise, 0.3), 1e-5);
        Assert.Equal((6, 10), (plan.Steps, plan.ScheduleSteps));
    }

    [Fact]
    public void FromImage_OfATimestepSampler_NoisesToTheTimestepAbove()
    {
        var plan = SamplingPlan.FromImage(SamplerNames.Resolve("DDIM"), 10, 0.5, s_schedule);
        Assert.Equal([1, 101, 201, 301, 401], plan.Levels);
        Assert.Equal(501, plan.StartTimestep);
    }

    [Theory]
    [InlineData(-0.1)]
    [InlineData(1.1)]
    [InlineData(double.NaN)]
    public void FromImage_StrengthOutsideItsRange_IsRefused(double strength) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => SamplingPlan.FromImage(SamplerNames.Resolve("Euler"), 10, strength, s_schedule));

    [Fact]
    public void Begin_FromNoise_ScalesBySigmaOrKeepsTimestepNoise()
    {
        using var scope = NewDisposeScope();
        var noise = ones(1, 4, 2, 2);
        var euler = SamplingPlan.FromNoise(SamplerNames.Resolve("Euler"), 10, s_schedule);
        var sigma = euler.StartSigma;
        Assert.Equal(sigma, euler.Begin(noise)[0, 0, 0, 0].ToDouble(), 1e-5);
        Assert.Equal(Math.Sqrt(1 + sigma * sigma), euler.Begin(noise, keepVariance: true)[0, 0, 0, 0].ToDouble(), 1e-5);
        Assert.Equal(1, SamplingPlan.FromNoise(SamplerNames.Resolve("DDIM"), 10, s_schedule).Begin(noise)[0, 0, 0, 0].ToDouble());
    }

    [Fact]
    public void Begin_FromAnImage_MixesByTheSamplersOwnScale()
    {
        using var scope = NewDisposeScope();
        var latents = full([1, 4, 2, 2], 2.0, dtype: float32);
        var noise = ones(1, 4, 2, 2);
        var euler = SamplingPlan.FromImage(SamplerNames.Resolve("Euler"), 10, 0.5, s_schedule);
        Assert.Equal(2 + euler.StartSigma, euler.Begin(latents, noise)[0, 0, 0, 0].ToDouble(), 1e-5);

        double alpha = s_schedule.AlphasCumprod[501];
        var ddim = SamplingPlan.FromImage(SamplerNames.Resolve("DDIM"), 10, 0.5, s_schedule);
        Assert.Equal(2 * Math.Sqrt(alpha) + Math.Sqrt(1 - alpha), ddim.Begin(latents, noise)[0, 0, 0, 0].ToDouble(), 1e-5);
    }
}
