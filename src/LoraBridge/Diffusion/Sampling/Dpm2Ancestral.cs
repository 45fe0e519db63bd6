using static TorchSharp.torch;

namespace LoraBridge.Diffusion.Sampling;

/// <summary>The midpoint method in log sigma with ancestral noise (Lu et al. 2022, DPM-Solver-2, arXiv:2206.00927).</summary>
internal static class Dpm2Ancestral
{
    public static void Sample(Denoiser denoiser, Tensor x, IReadOnlyList<double> sigmas, SamplerOptions options)
    {
        for (var i = 0; i < sigmas.Count - 1; i++)
        {
            using var step = NewDisposeScope();
            var denoised = denoiser.Denoise(x, sigmas[i]);
            options.Report(i, sigmas[i], x, denoised);
            var (down, up) = AncestralStep.Between(sigmas[i], sigmas[i + 1], options.Eta ?? 1);
            Dpm2.Step(denoiser, x, ProbabilityFlow.Slope(x, sigmas[i], denoised), sigmas[i], down);
            if (down > 0) x.add_(options.Draw(x, sigmas[i], sigmas[i + 1]) * up);
        }
    }
}
