using LoraBridge.Diffusion.Noise;
using static TorchSharp.torch;

namespace LoraBridge.Diffusion.Sampling;

/// <summary>What a sampling run may be told besides its noise levels; each sampler reads what concerns it.</summary>
public sealed record SamplerOptions
{
    /// <summary>Where ancestral and SDE samplers get their noise from; a sampler that adds none needs none.</summary>
    public INoiseSource? Noise { get; init; }

    /// <summary>How much of each step is noise, from 0 (none); null is the sampler's own: 0 for DDIM, else 1.</summary>
    public double? Eta { get; init; }

    /// <summary>Noise that Euler, Heun and DPM2 add before a step, over the whole run; 0 is none.</summary>
    public double SChurn { get; init; }

    /// <summary>The least noise level at which churning happens.</summary>
    public double STmin { get; init; }

    /// <summary>The greatest noise level at which churning happens.</summary>
    public double STmax { get; init; } = double.PositiveInfinity;

    /// <summary>A factor on all noise that a sampler adds.</summary>
    public double SNoise { get; init; } = 1;

    /// <summary>Whether the run begins with a noisy image and not with noise; UniPC places its steps by it.</summary>
    public bool StartsFromImage { get; init; }

    /// <summary>What UniPC alone reads.</summary>
    public UniPcOptions UniPc { get; init; } = new();

    /// <summary>Called in each step before the latents move on.</summary>
    public Action<SamplingStep>? OnStep { get; init; }

    internal void Report(int index, double sigma, Tensor x, Tensor denoised) => OnStep?.Invoke(new(index, sigma, x, denoised));

    /// <summary>Unit noise for a step, (B, C, h, w), times the option's factor.</summary>
    internal Tensor Draw(Tensor x, double sigma, double sigmaNext)
    {
        if (Noise is null) throw new InvalidOperationException("This sampler adds noise: set SamplerOptions.Noise to a LatentNoise or a BrownianNoise.");
        using var scope = NewDisposeScope();
        return (Noise.Draw(x, sigma, sigmaNext) * SNoise).MoveToOuterDisposeScope();
    }
}
