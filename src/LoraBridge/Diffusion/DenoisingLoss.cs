using static TorchSharp.torch;

namespace LoraBridge.Diffusion;

/// <summary>The squared-error loss of a denoising network.</summary>
public static class DenoisingLoss
{
    /// <summary>The mean squared error of each sample, in float32.</summary>
    /// <param name="prediction">What the network returned, (B, C, h, w).</param>
    /// <param name="target">What it should have returned, (B, C, h, w).</param>
    /// <returns>(B).</returns>
    public static Tensor PerSample(Tensor prediction, Tensor target)
    {
        using var scope = NewDisposeScope();
        return (prediction.to(float32) - target.to(float32)).square().mean([1, 2, 3]).MoveToOuterDisposeScope();
    }

    /// <summary>The batch's loss: each sample's error times its weight, averaged.</summary>
    /// <param name="perSample">The error of each sample, (B).</param>
    /// <param name="weights">The weight of each sample, (B).</param>
    /// <returns>A scalar.</returns>
    public static Tensor Weighted(Tensor perSample, ReadOnlySpan<double> weights)
    {
        using var scope = NewDisposeScope();
        return (perSample * tensor(weights.ToArray(), dtype: perSample.dtype, device: perSample.device)).mean().MoveToOuterDisposeScope();
    }
}
