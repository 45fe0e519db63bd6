using static TorchSharp.torch;

namespace LoraBridge.Diffusion.Sampling;

/// <summary>DPM-Solver++(2S), second order from two evaluations a step, with ancestral noise (Lu et al. 2022, arXiv:2211.01095, algorithm 1).</summary>
internal static class DpmPlusPlus2SAncestral
{
    public static void Sample(Denoiser denoiser, Tensor x, IReadOnlyList<double> sigmas, SamplerOptions options)
    {
        for (var i = 0; i < sigmas.Count - 1; i++)
        {
            using var step = NewDisposeScope();
            var sigma = sigmas[i];
            var denoised = denoiser.Denoise(x, sigma);
            options.Report(i, sigma, x, denoised);
            var (down, up) = AncestralStep.Between(sigma, sigmas[i + 1], options.Eta ?? 1);
            if (down == 0)
            {
                x.add_(ProbabilityFlow.Slope(x, sigma, denoised) * -sigma);
            }
            else
            {
                var h = Math.Log(sigma / down);
                var middle = Math.Sqrt(sigma * down);
                var halfway = x * (middle / sigma) - denoised * Exponentials.Expm1(-h / 2);
                x.mul_(down / sigma).sub_(denoiser.Denoise(halfway, middle) * Exponentials.Expm1(-h));
            }
            if (sigmas[i + 1] > 0) x.add_(options.Draw(x, sigma, sigmas[i + 1]) * up);
        }
    }
}
