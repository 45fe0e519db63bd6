using LoraBridge.Diffusion;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Diffusion;

public sealed class NoiseScheduleTests
{
    private static readonly NoiseSchedule s_schedule = NoiseSchedule.StableDiffusion;

    [Theory]
    [InlineData(0, 0.99915)]
    [InlineData(100, 0.8942235)]
    [InlineData(500, 0.2763327)]
    [InlineData(999, 0.0046601)]
    public void AlphasCumprod_AtKnownTimesteps_IsTheTrainersValue(int timestep, double expected) =>
        Assert.Equal(expected, s_schedule.AlphasCumprod[timestep], 1e-7);

    [Theory]
    [InlineData(0, 1175.47, 0.0042536)]
    [InlineData(100, 8.4539, 0.59144)]
    [InlineData(200, 3.0600, 1)]
    [InlineData(999, 0.0046819, 1)]
    public void Snr_AtKnownTimesteps_IsTheTrainersValue(int timestep, double snr, double minSnrWeight)
    {
        Assert.Equal(1, s_schedule.Snr(timestep) / snr, 5e-5);
        Assert.Equal(1, s_schedule.MinSnrWeight(timestep, 5, PredictionType.Epsilon) / minSnrWeight, 5e-5);
    }

    [Fact]
    public void MinSnrWeight_FallsBelowOneWhereSnrPassesGamma()
    {
        Assert.True(s_schedule.MinSnrWeight(146, 5, PredictionType.Epsilon) < 1);
        Assert.Equal(1, s_schedule.MinSnrWeight(147, 5, PredictionType.Epsilon));
    }

    [Theory]
    [InlineData(0, 0.031623)]
    [InlineData(500, 1.61828)]
    [InlineData(999, 14.6146)]
    public void DebiasedWeight_OfEpsilon_IsTheTrainersValue(int timestep, double expected) =>
        Assert.Equal(1, s_schedule.DebiasedWeight(timestep, PredictionType.Epsilon) / expected, 1e-5);

    [Fact]
    public void DebiasedWeight_OfVelocity_IsOneOverSnrPlusOne() =>
        Assert.Equal(1 / (s_schedule.Snr(700) + 1), s_schedule.DebiasedWeight(700, PredictionType.V), 1e-12);

    [Theory]
    [InlineData(0)]
    [InlineData(0.25)]
    [InlineData(437.25)]
    [InlineData(998.5)]
    [InlineData(999)]
    public void SigmaToTimestep_UndoesTimestepToSigma(double timestep) =>
        Assert.Equal(timestep, s_schedule.SigmaToTimestep(s_schedule.TimestepToSigma(timestep)), 1e-9);

    [Fact]
    public void TimestepToSigma_HalfwayBetweenTwo_IsTheirGeometricMean() =>
        Assert.Equal(Math.Sqrt((double)s_schedule.Sigmas[10] * s_schedule.Sigmas[11]), s_schedule.TimestepToSigma(10.5), 1e-7);

    [Fact]
    public void SigmaToTimestep_BeyondTheSchedule_GivesItsEnds()
    {
        Assert.Equal(0, s_schedule.SigmaToTimestep(0.001));
        Assert.Equal(999, s_schedule.SigmaToTimestep(100));
        Assert.Equal(0, s_schedule.SigmaToNearestTimestep(0.001));
        Assert.Equal(999, s_schedule.SigmaToNearestTimestep(100));
        Assert.Equal(s_schedule.SigmaMax, s_schedule.TimestepToSigma(2000), 1e-5);
    }

    [Fact]
    public void SigmaToNearestTimestep_BetweenTwo_TakesTheNearer()
    {
        Assert.Equal(10, s_schedule.SigmaToNearestTimestep(s_schedule.TimestepToSigma(10.4)));
        Assert.Equal(11, s_schedule.SigmaToNearestTimestep(s_schedule.TimestepToSigma(10.6)));
    }

    [Fact]
    public void LinearBetas_AreEquallySpaced()
    {
        var betas = NoiseSchedule.LinearBetas(5, 0.1, 0.5);
        Assert.Equal([0.1, 0.2, 0.3, 0.4, 0.5], betas.Select(beta => Math.Round(beta, 12)));
        Assert.Equal(0.9f * 0.8f, NoiseSchedule.FromBetas(betas).AlphasCumprod[1], 1e-6f);
    }

    [Fact]
    public void Thinned_KeepsTheLastTimestepAndEveryTwentieth()
    {
        var thinned = s_schedule.Thinned(50);
        Assert.Equal(50, thinned.Length);
        Assert.Equal(s_schedule.AlphasCumprod[999], thinned.AlphasCumprod[49]);
        Assert.Equal(s_schedule.AlphasCumprod[979], thinned.AlphasCumprod[48]);
        Assert.Equal(s_schedule.AlphasCumprod[19], thinned.AlphasCumprod[0]);
    }

    [Fact]
    public void RescaledToZeroTerminalSnr_EndsInPureNoiseAndKeepsTheFirst()
    {
        var rescaled = s_schedule.RescaledToZeroTerminalSnr();
        Assert.Equal(s_schedule.AlphasCumprod[0], rescaled.AlphasCumprod[0], 1e-6f);
        Assert.Equal(0.2410188, rescaled.AlphasCumprod[500], 1e-6);
        Assert.Equal(0, rescaled.AlphasCumprod[999]);
        Assert.Equal(0, rescaled.MinSnrWeight(999, 5, PredictionType.V));
        Assert.Equal(1, rescaled.MinSnrWeight(999, 5, PredictionType.Epsilon));
    }

    [Fact]
    public void RescaledToZeroTerminalSnr_ForSampling_HasAFiniteLastSigma()
    {
        var rescaled = s_schedule.RescaledToZeroTerminalSnr(NoiseSchedule.LeastSamplingAlpha);
        Assert.Equal(4518.7, rescaled.SigmaMax, 0.2);
        Assert.Equal(rescaled.SigmaMax, rescaled.TimestepToSigma(999), 0.01);
    }

    [Fact]
    public void AddNoise_MixesEachSampleByItsOwnTimestep()
    {
        using var scope = NewDisposeScope();
        var latents = full([2, 1, 1, 1], 2.0, dtype: float32);
        var noise = full([2, 1, 1, 1], 3.0, dtype: float32);
        var noisy = s_schedule.AddNoise(latents, noise, tensor(new long[] { 0, 999 }, dtype: int64));
        for (var i = 0; i < 2; i++)
        {
            double a = s_schedule.AlphasCumprod[i * 999];
            Assert.Equal(2 * Math.Sqrt(a) + 3 * Math.Sqrt(1 - a), noisy[i].ToDouble(), 1e-5);
        }
    }

    [Fact]
    public void Velocity_IsAtRightAnglesToTheNoisyLatents()
    {
        using var scope = NewDisposeScope();
        var latents = full([1, 1, 1, 1], 2.0, dtype: float32);
        var noise = full([1, 1, 1, 1], 3.0, dtype: float32);
        var timesteps = tensor(new long[] { 400 }, dtype: int64);
        var noisy = s_schedule.AddNoise(latents, noise, timesteps).ToDouble();
        var velocity = s_schedule.Target(latents, noise, timesteps, PredictionType.V).ToDouble();
        Assert.Equal(2.0 * 2 + 3 * 3, noisy * noisy + velocity * velocity, 1e-4);
    }

    [Fact]
    public void Target_OfEpsilon_IsTheNoiseAndOutlivesIt()
    {
        using var scope = NewDisposeScope();
        var noise = ones(1, 1, 2, 2);
        var target = s_schedule.Target(zeros(1, 1, 2, 2), noise, tensor(new long[] { 1 }, dtype: int64), PredictionType.Epsilon);
        noise.Dispose();
        Assert.Equal(4, target.sum().ToDouble());
    }

    [Fact]
    public void FromAlphasCumprod_Rising_SaysWhere()
    {
        var error = Assert.Throws<ArgumentException>(() => NoiseSchedule.FromAlphasCumprod([0.9f, 0.5f, 0.6f]));
        Assert.Contains("[2] is 0.6 after 0.5", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1f)]
    [InlineData(-0.1f)]
    [InlineData(float.NaN)]
    public void FromAlphasCumprod_OutsideItsRange_IsRefused(float alpha) =>
        Assert.Throws<ArgumentException>(() => NoiseSchedule.FromAlphasCumprod([alpha]));

    [Fact]
    public void Downcast_RoundsTheAlphasToHalf()
    {
        var schedule = NoiseSchedule.StableDiffusion.Downcast();
        Assert.Equal(NoiseSchedule.StableDiffusion.AlphasCumprod.ToArray().Select(alpha => (float)(Half)alpha), schedule.AlphasCumprod.ToArray());
        Assert.True(schedule.RescaledToZeroTerminalSnr(NoiseSchedule.LeastSamplingAlpha).SigmaMax > 4000);
    }
}
