using LoraBridge.Diffusion;
using LoraBridge.Training.Objective;

namespace LoraBridge.Tests.Training.Objective;

/// <summary>The written check values of the schedule, its weights and Huber's c.</summary>
public sealed class CheckValueTests
{
    private static readonly NoiseSchedule s_schedule = NoiseSchedule.StableDiffusionTraining;

    [Theory]
    [InlineData(0, 0.99915)]
    [InlineData(100, 0.8942235)]
    [InlineData(500, 0.2763327)]
    [InlineData(999, 0.0046601)]
    public void AlphasCumprod_OfATimestep_IsTheWrittenOne(int timestep, double expected) =>
        Assert.Equal(expected, s_schedule.AlphasCumprod[timestep], 1e-6);

    [Theory]
    [InlineData(0, 1175.47)]
    [InlineData(100, 8.4539)]
    [InlineData(200, 3.0600)]
    [InlineData(400, 0.73757)]
    [InlineData(500, 0.38185)]
    [InlineData(600, 0.19159)]
    [InlineData(800, 0.038281)]
    [InlineData(999, 0.0046819)]
    public void Snr_OfATimestep_IsTheWrittenOne(int timestep, double expected) =>
        Assert.Equal(1, s_schedule.Snr(timestep) / expected, 1e-4);

    [Fact]
    public void Snr_FallsBelowFiveAndOneWhereItIsWritten()
    {
        Assert.Equal(147, Enumerable.Range(0, 1000).First(t => s_schedule.Snr(t) < 5));
        Assert.Equal(354, Enumerable.Range(0, 1000).First(t => s_schedule.Snr(t) < 1));
    }

    [Theory]
    [InlineData(0, 0.0042536)]
    [InlineData(100, 0.59144)]
    [InlineData(147, 1)]
    [InlineData(999, 1)]
    public void MinSnrWeight_OfATimestep_IsTheWrittenOne(int timestep, double expected) =>
        Assert.Equal(1, LossWeights.Table(new() { MinSnrGamma = 5 }, s_schedule, PredictionType.Epsilon)[timestep] / expected, 1e-4);

    [Theory]
    [InlineData(0, 0.031623)]
    [InlineData(500, 1.61828)]
    [InlineData(999, 14.6146)]
    public void DebiasedWeight_OfATimestep_IsTheWrittenOne(int timestep, double expected) =>
        Assert.Equal(1, LossWeights.Table(new() { DebiasedEstimation = true }, s_schedule, PredictionType.Epsilon)[timestep] / expected, 1e-4);

    [Theory]
    [InlineData(0, 0.99915, 1e-6)]
    [InlineData(500, 0.2410188, 1e-6)]
    [InlineData(998, 1.968e-7, 1e-10)]
    [InlineData(999, 0, 0)]
    public void ZeroTerminalSnr_OfATimestep_IsTheWrittenOne(int timestep, double expected, double limit) =>
        Assert.Equal(expected, s_schedule.RescaledToZeroTerminalSnr().AlphasCumprod[timestep], limit);

    [Fact]
    public void HuberThreshold_AtSigmaOne_IsTheWrittenOne() => Assert.Equal(0.325, ElementLoss.SnrThreshold(0.1, 1), 1e-12);
}
