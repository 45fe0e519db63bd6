using LoraBridge.Training.Settings;
using static TorchSharp.torch;

namespace LoraBridge.Training.Objective;

/// <summary>The noise of a batch: drawn on the processor, the same on every device, and shaped as the options say.</summary>
public sealed class TrainingNoise
{
    private readonly NoiseOptions _options;

    /// <summary>Noise of a shape.</summary>
    /// <exception cref="ArgumentException">Options exclude each other.</exception>
    public TrainingNoise(NoiseOptions options)
    {
        if (options.Offset is not null && options.MultiresIterations is not null)
            throw new ArgumentException("A noise offset and multires noise exclude each other: leave one of them out.", nameof(options));
        if (options.AdaptiveScale is not null && options.Offset is null)
            throw new ArgumentException("An adaptive noise scale needs a noise offset to adapt: give one, such as 0.05.", nameof(options));
        _options = options;
    }

    /// <summary>The noise to learn and the noise to add to the latents; without input perturbation they are the same.</summary>
    /// <param name="latents">Clean latents, (B, C, h, w); their size, their device and, for an adaptive offset, their means count.</param>
    /// <param name="place">Where in the run.</param>
    /// <returns>Two times (B, C, h, w), float32, on the latents' device.</returns>
    public (Tensor Noise, Tensor InputNoise) Draw(Tensor latents, DrawPlace place)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        var noise = White(latents.shape, place, DrawPurpose.Noise);
        if (_options.MultiresIterations is { } iterations) noise = CoarseNoise.Add(noise, place, iterations, _options.MultiresDiscount);
        noise = noise.to(latents.device);
        if (_options.Offset is { } offset) noise.add_(Offset(latents, place, offset));
        if (_options.Multiplier != 1) noise.mul_(_options.Multiplier);

        var input = noise.alias();
        if (_options.InputPerturbation is { } strength)
        {
            if (_options.InputPerturbationRandomStrength) strength *= place.Batch(DrawPurpose.InputPerturbationStrength).NextUniform();
            input = noise.add(White(latents.shape, place, DrawPurpose.InputPerturbation).to(latents.device), strength);
        }
        return (noise.MoveToOuterDisposeScope(), input.MoveToOuterDisposeScope());
    }

    // one shift for each channel
    private Tensor Offset(Tensor latents, DrawPlace place, double offset)
    {
        if (_options.OffsetRandomStrength) offset *= place.Batch(DrawPurpose.NoiseOffsetStrength).NextUniform();
        var shifts = White([latents.shape[0], latents.shape[1], 1, 1], place, DrawPurpose.NoiseOffset).to(latents.device);   // (B, C, 1, 1)
        if (_options.AdaptiveScale is not { } adaptive) return shifts.mul_(offset);
        return shifts.mul_(latents.to(float32).mean([2, 3], keepdim: true).abs_().mul_(adaptive).add_(offset).clamp_(min: 0));
    }

    // every sample from a stream of its own: it does not depend on what else is in the batch
    private static Tensor White(long[] shape, DrawPlace place, DrawPurpose purpose)
    {
        var each = (int)(shape[1] * shape[2] * shape[3]);
        var values = new float[shape[0] * each];
        for (var i = 0; i < shape[0]; i++) place.Sample(i, purpose).FillNormals(values.AsSpan(i * each, each));
        return tensor(values, shape, dtype: float32);
    }
}
