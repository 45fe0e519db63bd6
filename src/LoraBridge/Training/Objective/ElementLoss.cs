using LoraBridge.Diffusion;
using LoraBridge.Training.Settings;
using static TorchSharp.torch;

namespace LoraBridge.Training.Objective;

/// <summary>What each element's difference counts.</summary>
internal static class ElementLoss
{
    /// <summary>The loss of every element, in float32.</summary>
    /// <param name="prediction">What the network returned, (B, C, h, w).</param>
    /// <param name="target">What it should have returned, (B, C, h, w).</param>
    /// <param name="kind">The measure.</param>
    /// <param name="thresholds">Huber's c of each sample; not read by the others.</param>
    /// <returns>(B, C, h, w).</returns>
    public static Tensor Of(Tensor prediction, Tensor target, LossKind kind, double[] thresholds)
    {
        using var scope = NewDisposeScope();
        var difference = prediction.to(float32) - target.to(float32);
        var loss = kind switch
        {
            LossKind.L2 => difference.square(),
            LossKind.L1 => difference.abs(),
            LossKind.Huber or LossKind.SmoothL1 => PseudoHuber(difference, thresholds, kind),
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, "The loss is l2, l1, huber or smooth_l1."),
        };
        return loss.MoveToOuterDisposeScope();
    }

    /// <summary>Huber's c at a timestep.</summary>
    public static double Threshold(LossOptions options, NoiseSchedule schedule, long timestep) => options.HuberSchedule switch
    {
        HuberSchedule.Constant => options.HuberC * options.HuberScale,
        HuberSchedule.Exponential => Math.Exp(Math.Log(options.HuberC) * timestep / schedule.Length) * options.HuberScale,
        HuberSchedule.Snr => SnrThreshold(options.HuberC, schedule.Snr((int)timestep)),
        _ => throw new ArgumentException($"The Huber schedule {options.HuberSchedule} is unknown.", nameof(options)),
    };

    // (1 - c) / (1 + sigma)² + c, and sigma is one over the root of the SNR
    internal static double SnrThreshold(double c, double snr)
    {
        var sigma = 1 / Math.Sqrt(snr);
        return (1 - c) / ((1 + sigma) * (1 + sigma)) + c;
    }

    // 2 c (sqrt(d² + c²) - c); smooth L1 is without the leading c
    private static Tensor PseudoHuber(Tensor difference, double[] thresholds, LossKind kind)
    {
        var c = tensor(thresholds, dtype: float32, device: difference.device).view(-1, 1, 1, 1);     // (B, 1, 1, 1)
        var loss = ((difference.square() + c * c).sqrt() - c) * 2;
        return kind == LossKind.Huber ? loss * c : loss;
    }
}
