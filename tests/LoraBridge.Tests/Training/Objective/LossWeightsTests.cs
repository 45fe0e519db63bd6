using LoraBridge.Diffusion;
using LoraBridge.Training.Objective;
using LoraBridge.Training.Settings;

namespace LoraBridge.Tests.Training.Objective;

public sealed class LossWeightsTests
{
    private static readonly NoiseSchedule s_schedule = NoiseSchedule.StableDiffusionTraining;

    public static TheoryData<int> Timesteps => [0, 100, 354, 999];

    [Fact]
    public void Table_WithoutWeights_IsOneEverywhere()
    {
        var table = LossWeights.Table(new(), s_schedule, PredictionType.Epsilon);
        Assert.Equal(1000, table.Length);
        Assert.All(table, weight => Assert.Equal(1, weight));
    }

    [Theory]
    [MemberData(nameof(Timesteps))]
    public void Table_OfEachWeight_FollowsItsFormula(int t)
    {
        var snr = s_schedule.Snr(t);
        var capped = Math.Min(snr, 1000);
        Is(Math.Min(snr, 5) / snr, new() { MinSnrGamma = 5 }, PredictionType.Epsilon);
        Is(Math.Min(snr, 5) / (snr + 1), new() { MinSnrGamma = 5 }, PredictionType.V);
        Is(1 / Math.Sqrt(capped), new() { DebiasedEstimation = true }, PredictionType.Epsilon);
        Is(1 / (capped + 1), new() { DebiasedEstimation = true }, PredictionType.V);
        Is(capped / (capped + 1), new() { ScaleVPredictionLikeNoise = true }, PredictionType.V);
        Is(1 + 0.3 * (capped + 1) / capped, new() { VPredictionLikeLoss = 0.3 }, PredictionType.Epsilon);
        Is(Math.Pow(1 + snr, -0.5), new() { P2Gamma = 0.5 }, PredictionType.Epsilon);
        Is(Math.Min(snr, 1) / (snr + 1) * (capped / (capped + 1)) / (capped + 1), new() { MinSnrGamma = 1, ScaleVPredictionLikeNoise = true, DebiasedEstimation = true }, PredictionType.V);

        void Is(double expected, LossOptions options, PredictionType type) =>
            Assert.Equal(1, LossWeights.Table(options, s_schedule, type)[t] / expected, 1e-12);
    }

    [Fact]
    public void Table_AtZeroTerminalSnr_FollowsTheRescaledSchedule()
    {
        var zero = s_schedule.RescaledToZeroTerminalSnr();
        Assert.Equal(0, LossWeights.Table(new() { MinSnrGamma = 5 }, zero, PredictionType.V)[999]);
        Assert.Equal(1, LossWeights.Table(new() { DebiasedEstimation = true }, zero, PredictionType.V)[999]);
        Assert.Equal(Math.Min(zero.Snr(500), 5) / (zero.Snr(500) + 1), LossWeights.Table(new() { MinSnrGamma = 5 }, zero, PredictionType.V)[500], 1e-12);
    }

    [Fact]
    public void Table_OfAnEndlessWeight_NamesTheTimestepAndTheCure()
    {
        var zero = s_schedule.RescaledToZeroTerminalSnr();
        foreach (var options in new LossOptions[] { new() { DebiasedEstimation = true }, new() { VPredictionLikeLoss = 1 } })
            Assert.Contains("timestep 999", Assert.Throws<ArgumentException>(() => LossWeights.Table(options, zero, PredictionType.Epsilon)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Table_OfAWeightForTheOtherPrediction_SaysSo()
    {
        Assert.Throws<ArgumentException>(() => LossWeights.Table(new() { ScaleVPredictionLikeNoise = true }, s_schedule, PredictionType.Epsilon));
        Assert.Throws<ArgumentException>(() => LossWeights.Table(new() { VPredictionLikeLoss = 1 }, s_schedule, PredictionType.V));
    }
}
