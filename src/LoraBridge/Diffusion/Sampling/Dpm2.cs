using static TorchSharp.torch;

namespace LoraBridge.Diffusion.Sampling;

/// <summary>The midpoint method in log sigma (Lu et al. 2022, DPM-Solver-2, arXiv:2206.00927, with the churn of Karras et al. 2022).</summary>
internal static class Dpm2
{
    public static void Sample(Denoiser denoiser, Tensor x, IReadOnlyList<double> sigmas, SamplerOptions options)
    {
        for (var i = 0; i < sigmas.Count - 1; i++)
        {
            using var step = NewDisposeScope();
            var sigma = Churn.Raise(x, sigmas, i, options);
            var denoised = denoiser.Denoise(x, sigma);
            options.Report(i, sigmas[i], x, denoised);
            Step(denoiser, x, ProbabilityFlow.Slope(x, sigma, denoised), sigma, sigmas[i + 1]);
        }
    }

    /// <summary>Moves x in place from one level to another by the slope at the level between them; the step to 0 is Euler's.</summary>
    public static void Step(Denoiser denoiser, Tensor x, Tensor slope, double sigma, double next)
    {
        if (next == 0)
        {
            x.add_(slope * (next - sigma));
            return;
        }
        var middle = Math.Sqrt(sigma * next);
        var halfway = x + slope * (middle - sigma);
        x.add_(ProbabilityFlow.Slope(halfway, middle, denoiser.Denoise(halfway, middle)) * (next - sigma));
    }
}
