using static TorchSharp.torch;

namespace LoraBridge.Diffusion.Sampling;

/// <summary>DPM-Solver++(2M): second order from one evaluation a step and the one before (Lu et al. 2022, arXiv:2211.01095, algorithm 2).</summary>
internal static class DpmPlusPlus2M
{
    public static void Sample(Denoiser denoiser, Tensor x, IReadOnlyList<double> sigmas, SamplerOptions options)
    {
        var earlier = new TensorHistory(1);
        for (var i = 0; i < sigmas.Count - 1; i++)
        {
            using var step = NewDisposeScope();
            var denoised = denoiser.Denoise(x, sigmas[i]);
            options.Report(i, sigmas[i], x, denoised);

            var h = Math.Log(sigmas[i] / sigmas[i + 1]);
            var d = denoised;
            if (earlier.Count > 0 && sigmas[i + 1] > 0)
            {
                var r = Math.Log(sigmas[i - 1] / sigmas[i]) / h;
                d = denoised * (1 + 1 / (2 * r)) - earlier[0] * (1 / (2 * r));
            }
            x.mul_(sigmas[i + 1] / sigmas[i]).sub_(d * Exponentials.Expm1(-h));
            earlier.Push(denoised);
        }
    }
}
