using static TorchSharp.torch;

namespace LoraBridge.Diffusion.Sampling;

/// <summary>Euler's method (Karras et al. 2022, arXiv:2206.00364, algorithm 2 without its correction).</summary>
internal static class Euler
{
    public static void Sample(Denoiser denoiser, Tensor x, IReadOnlyList<double> sigmas, SamplerOptions options)
    {
        for (var i = 0; i < sigmas.Count - 1; i++)
        {
            using var step = NewDisposeScope();
            var sigma = Churn.Raise(x, sigmas, i, options);
            var denoised = denoiser.Denoise(x, sigma);
            options.Report(i, sigmas[i], x, denoised);
            x.add_(ProbabilityFlow.Slope(x, sigma, denoised) * (sigmas[i + 1] - sigma));
        }
    }
}
