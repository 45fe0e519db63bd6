using static TorchSharp.torch;

namespace LoraBridge.Diffusion.Sampling;

/// <summary>Euler's method with ancestral noise (the reverse process of Ho et al. 2020, arXiv:2006.11239, in sigmas).</summary>
internal static class EulerAncestral
{
    public static void Sample(Denoiser denoiser, Tensor x, IReadOnlyList<double> sigmas, SamplerOptions options)
    {
        for (var i = 0; i < sigmas.Count - 1; i++)
        {
            using var step = NewDisposeScope();
            var denoised = denoiser.Denoise(x, sigmas[i]);
            options.Report(i, sigmas[i], x, denoised);
            var (down, up) = AncestralStep.Between(sigmas[i], sigmas[i + 1], options.Eta ?? 1);
            x.add_(ProbabilityFlow.Slope(x, sigmas[i], denoised) * (down - sigmas[i]));
            if (sigmas[i + 1] > 0) x.add_(options.Draw(x, sigmas[i], sigmas[i + 1]) * up);
        }
    }
}
