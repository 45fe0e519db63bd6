using static TorchSharp.torch;

namespace LoraBridge.Diffusion.Sampling;

/// <summary>SDE-DPM-Solver++(2M): one evaluation a step, corrected by the one before (Lu et al. 2022, arXiv:2211.01095).</summary>
internal static class DpmPlusPlus2MSde
{
    /// <summary>The correction at the middle of the step.</summary>
    public static void SampleMidpoint(Denoiser denoiser, Tensor x, IReadOnlyList<double> sigmas, SamplerOptions options) =>
        Sample(denoiser, x, sigmas, options, h => -0.5 * Exponentials.Expm1(-h));

    /// <summary>The correction by the slope's integral.</summary>
    public static void SampleHeun(Denoiser denoiser, Tensor x, IReadOnlyList<double> sigmas, SamplerOptions options) =>
        Sample(denoiser, x, sigmas, options, h => Exponentials.Expm1(-h) / h + 1);

    private static void Sample(Denoiser denoiser, Tensor x, IReadOnlyList<double> sigmas, SamplerOptions options, Func<double, double> correction)
    {
        var eta = options.Eta ?? 1;
        var earlier = new TensorHistory(1);
        for (var i = 0; i < sigmas.Count - 1; i++)
        {
            using var step = NewDisposeScope();
            var denoised = denoiser.Denoise(x, sigmas[i]);
            options.Report(i, sigmas[i], x, denoised);
            if (sigmas[i + 1] == 0)
            {
                x.copy_(denoised);
            }
            else
            {
                var h = Math.Log(sigmas[i] / sigmas[i + 1]);
                var hEta = h * (1 + eta);
                x.mul_(Math.Exp(-hEta)).sub_(denoised * Exponentials.Expm1(-hEta));
                if (earlier.Count > 0)
                {
                    var r = Math.Log(sigmas[i - 1] / sigmas[i]) / h;
                    x.add_((denoised - earlier[0]) * (correction(hEta) / r));
                }
                if (eta > 0) x.add_(options.Draw(x, sigmas[i], sigmas[i + 1]) * (sigmas[i + 1] * Math.Sqrt(-Exponentials.Expm1(-2 * eta * h))));
            }
            earlier.Push(denoised);
        }
    }
}
