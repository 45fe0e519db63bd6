using static TorchSharp.torch;

namespace LoraBridge.Diffusion.Sampling;

/// <summary>SDE-DPM-Solver++ of two evaluations a step, noise added at the middle and at the end (Lu et al. 2022, arXiv:2211.01095).</summary>
internal static class DpmPlusPlusSde
{
    public static void Sample(Denoiser denoiser, Tensor x, IReadOnlyList<double> sigmas, SamplerOptions options)
    {
        var eta = options.Eta ?? 1;
        for (var i = 0; i < sigmas.Count - 1; i++)
        {
            using var step = NewDisposeScope();
            var (sigma, next) = (sigmas[i], sigmas[i + 1]);
            var denoised = denoiser.Denoise(x, sigma);
            options.Report(i, sigma, x, denoised);
            if (next == 0)
            {
                x.add_(ProbabilityFlow.Slope(x, sigma, denoised) * -sigma);
                continue;
            }

            var middle = Math.Sqrt(sigma * next);
            var (down, up) = AncestralStep.Between(sigma, middle, eta);
            var halfway = Move(x, denoised, sigma, down) + options.Draw(x, sigma, middle) * up;
            var there = denoiser.Denoise(halfway, middle);      // with r = 1/2 the first evaluation has weight 0

            (down, up) = AncestralStep.Between(sigma, next, eta);
            x.copy_(Move(x, there, sigma, down));
            x.add_(options.Draw(x, sigma, next) * up);
        }
    }

    // the exact solution where the denoised latents stay the same
    private static Tensor Move(Tensor x, Tensor denoised, double sigma, double next) =>
        x * (next / sigma) + denoised * (1 - next / sigma);
}
