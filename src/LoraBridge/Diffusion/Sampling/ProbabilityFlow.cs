using static TorchSharp.torch;

namespace LoraBridge.Diffusion.Sampling;

/// <summary>The differential equation that carries noise to images, dx / dsigma = (x - denoised(x)) / sigma (Karras et al. 2022, equation 3).</summary>
internal static class ProbabilityFlow
{
    /// <summary>The slope at x, (B, C, h, w).</summary>
    public static Tensor Slope(Tensor x, double sigma, Tensor denoised) => (x - denoised) / sigma;
}
