using static TorchSharp.torch;

namespace LoraBridge.Diffusion.Sampling;

/// <summary>Heun's method: Euler's step, then the mean of the slopes at both ends (Karras et al. 2022, arXiv:2206.00364, algorithm 2).</summary>
internal static class Heun
{
    public static void Sample(Denoiser denoiser, Tensor x, IReadOnlyList<double> sigmas, SamplerOptions options)
    {
        for (var i = 0; i < sigmas.Count - 1; i++)
        {
            using var step = NewDisposeScope();
            var sigma = Churn.Raise(x, sigmas, i, options);
            Step(denoiser, x, i, sigma, sigmas[i + 1], options);
        }
    }

    /// <summary>Moves x in place from one level to the next; the step to 0 is Euler's.</summary>
    public static void Step(Denoiser denoiser, Tensor x, int index, double sigma, double next, SamplerOptions options)
    {
        using var step = NewDisposeScope();
        var denoised = denoiser.Denoise(x, sigma);
        options.Report(index, sigma, x, denoised);
        var d = ProbabilityFlow.Slope(x, sigma, denoised);
        if (next == 0)
        {
            x.add_(d * (next - sigma));
            return;
        }
        var ahead = x + d * (next - sigma);
        var d2 = ProbabilityFlow.Slope(ahead, next, denoiser.Denoise(ahead, next));
        x.add_((d + d2) * ((next - sigma) / 2));
    }
}
