using static TorchSharp.torch;

namespace LoraBridge.Diffusion.Noise;

/// <summary>Where a sampler gets its noise from.</summary>
public interface INoiseSource
{
    /// <summary>Unit Gaussian noise for a step from one noise level down to another.</summary>
    /// <param name="latents">What it will be added to, (B, C, h, w); the noise has their shape, type and device.</param>
    /// <param name="sigma">The level the step comes from.</param>
    /// <param name="sigmaNext">The level the step goes to.</param>
    /// <returns>(B, C, h, w).</returns>
    Tensor Draw(Tensor latents, double sigma, double sigmaNext);
}
