using LoraBridge.Diffusion;
using LoraBridge.Training.Objective;
using LoraBridge.Training.Settings;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Training.Objective;

public sealed class ElementLossTests
{
    private static readonly double[] s_differences = [0, 0.001, -0.05, 0.1, -1, 3, -20, 0.5];
    private static readonly double[] s_thresholds = [0.1, 0.7];

    [Theory]
    [InlineData(LossKind.L2)]
    [InlineData(LossKind.L1)]
    [InlineData(LossKind.Huber)]
    [InlineData(LossKind.SmoothL1)]
    public void Of_EachKind_FollowsItsFormula(LossKind kind)
    {
        using var scope = NewDisposeScope();
        var prediction = tensor(s_differences.Select(d => (float)(d + 0.25)).ToArray(), [2, 1, 2, 2], dtype: float32);
        var target = full([2, 1, 2, 2], 0.25, dtype: float32);

        var losses = Optimizers.SmallProblem.Values(ElementLoss.Of(prediction, target, kind, s_thresholds));

        for (var i = 0; i < losses.Length; i++)
        {
            var (d, c) = (s_differences[i], s_thresholds[i / 4]);
            var expected = kind switch
            {
                LossKind.L2 => d * d,
                LossKind.L1 => Math.Abs(d),
                LossKind.Huber => 2 * c * (Math.Sqrt(d * d + c * c) - c),
                _ => 2 * (Math.Sqrt(d * d + c * c) - c),
            };
            Assert.Equal(expected, losses[i], 1e-6 * Math.Max(1, expected));
        }
    }

    [Fact]
    public void Of_HalfPredictions_IsInFloat32()
    {
        using var scope = NewDisposeScope();
        var loss = ElementLoss.Of(full([1, 1, 1, 1], 300, dtype: float16), zeros([1, 1, 1, 1], dtype: float16), LossKind.L2, []);
        Assert.Equal(float32, loss.dtype);
        Assert.Equal([90_000], Optimizers.SmallProblem.Values(loss));
    }

    [Theory]
    [InlineData(HuberSchedule.Constant)]
    [InlineData(HuberSchedule.Exponential)]
    [InlineData(HuberSchedule.Snr)]
    public void Threshold_OfEachSchedule_FollowsItsFormula(HuberSchedule kind)
    {
        var schedule = NoiseSchedule.StableDiffusionTraining;
        var options = new LossOptions { HuberC = 0.2, HuberScale = 3, HuberSchedule = kind };
        foreach (var t in new[] { 0, 250, 999 })
        {
            var sigma = Math.Sqrt((1 - (double)schedule.AlphasCumprod[t]) / schedule.AlphasCumprod[t]);
            var expected = kind switch
            {
                HuberSchedule.Constant => 0.6,
                HuberSchedule.Exponential => Math.Pow(0.2, t / 1000.0) * 3,
                _ => 0.8 / ((1 + sigma) * (1 + sigma)) + 0.2,
            };
            Assert.Equal(expected, ElementLoss.Threshold(options, schedule, t), 1e-9);
        }
    }

    [Fact]
    public void Threshold_WhereNoSignalIsLeft_IsC() =>
        Assert.Equal(0.1, ElementLoss.Threshold(new(), NoiseSchedule.StableDiffusionTraining.RescaledToZeroTerminalSnr(), 999), 1e-12);
}
