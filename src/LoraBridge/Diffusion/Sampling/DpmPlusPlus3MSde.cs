using static TorchSharp.torch;

namespace LoraBridge.Diffusion.Sampling;

/// <summary>SDE-DPM-Solver++(3M): the method of Lu et al. 2022 (arXiv:2211.01095) carried to third order with the two evaluations before.</summary>
internal static class DpmPlusPlus3MSde
{
    public static void Sample(Denoiser denoiser, Tensor x, IReadOnlyList<double> sigmas, SamplerOptions options)
    {
        var eta = options.Eta ?? 1;
        var earlier = new TensorHistory(2);
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
                if (earlier.Count > 0) x.add_(Correction(sigmas, i, h, hEta, denoised, earlier));
                if (eta > 0) x.add_(options.Draw(x, sigmas[i], sigmas[i + 1]) * (sigmas[i + 1] * Math.Sqrt(-Exponentials.Expm1(-2 * eta * h))));
            }
            earlier.Push(denoised);
        }
    }

    // the first and second derivative of the denoised latents along the step, each times its integral
    private static Tensor Correction(IReadOnlyList<double> sigmas, int i, double h, double hEta, Tensor denoised, TensorHistory earlier)
    {
        var phi2 = Exponentials.Expm1(-hEta) / hEta + 1;
        var r0 = Math.Log(sigmas[i - 1] / sigmas[i]) / h;
        var d0 = (denoised - earlier[0]) / r0;
        if (earlier.Count < 2) return d0 * phi2;

        var phi3 = phi2 / hEta - 0.5;
        var r1 = Math.Log(sigmas[i - 2] / sigmas[i - 1]) / h;
        var d1 = (earlier[0] - earlier[1]) / r1;
        var second = (d0 - d1) / (r0 + r1);
        return (d0 + second * r0) * phi2 - second * phi3;
    }
}
