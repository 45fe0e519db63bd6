using static TorchSharp.torch;

namespace LoraBridge.Training.Caching;

/// <summary>Pictures as distributions of latents, not yet multiplied by the scale factor.</summary>
/// <param name="Mean">(B, 4, h, w) float32.</param>
/// <param name="LogVariance">(B, 4, h, w) float32; null where one draw was frozen, which is the mean then.</param>
/// <param name="Mask">(B, 1, h, w) float32 in [0, 1], the weight of each cell in the loss; null where no picture has a mask.</param>
public sealed record LatentPosterior(Tensor Mean, Tensor? LogVariance, Tensor? Mask) : IDisposable
{
    /// <summary>Latents to train on: (mean + exp(logVariance / 2) noise) times the scale factor, (B, 4, h, w).</summary>
    /// <param name="noise">Unit normal noise, (B, 4, h, w); not used where one draw was frozen.</param>
    /// <param name="scaleFactor">0.18215 for Stable Diffusion 1 and 2, 0.13025 for XL.</param>
    /// <exception cref="ArgumentException">The noise has another shape.</exception>
    public Tensor Sample(Tensor noise, double scaleFactor)
    {
        ArgumentNullException.ThrowIfNull(noise);
        if (!noise.shape.SequenceEqual(Mean.shape))
            throw new ArgumentException($"Noise for latents of [{string.Join(", ", Mean.shape)}] has their shape, not [{string.Join(", ", noise.shape)}].", nameof(noise));
        if (LogVariance is null) return Mode(scaleFactor);
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        return ((Mean + (LogVariance * 0.5).exp() * noise.to(Mean.device)) * scaleFactor).MoveToOuterDisposeScope();
    }

    /// <summary>The likeliest latents, the mean times the scale factor: (B, 4, h, w).</summary>
    public Tensor Mode(double scaleFactor) => Mean * scaleFactor;

    /// <inheritdoc/>
    public void Dispose()
    {
        Mean.Dispose();
        LogVariance?.Dispose();
        Mask?.Dispose();
    }
}
