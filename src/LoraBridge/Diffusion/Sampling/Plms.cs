using static TorchSharp.torch;

namespace LoraBridge.Diffusion.Sampling;

/// <summary>Pseudo linear multistep: DDIM's transfer with Adams and Bashforth's mean of the last four noises (Liu et al. 2022, arXiv:2202.09778).</summary>
/// <remarks>Of n timesteps the last n - 1 are stepped from; the first of these steps calls the network twice.</remarks>
internal static class Plms
{
    public static void Sample(Denoiser denoiser, Tensor x, IReadOnlyList<double> timesteps, SamplerOptions options)
    {
        var noises = new TensorHistory(4);
        for (var i = timesteps.Count - 1; i > 0; i--)
        {
            using var step = NewDisposeScope();
            var (from, to) = ((int)timesteps[i], (int)timesteps[i - 1]);
            noises.Push(denoiser.PredictNoise(x, from).Guided);
            var noise = noises.Count switch
            {
                1 => (noises[0] + denoiser.PredictNoise(Transfer(denoiser, x, noises[0], from, to).X, to).Guided) / 2,
                2 => (noises[0] * 3 - noises[1]) / 2,
                3 => (noises[0] * 23 - noises[1] * 16 + noises[2] * 5) / 12,
                _ => (noises[0] * 55 - noises[1] * 59 + noises[2] * 37 - noises[3] * 9) / 24,
            };
            var (next, denoised) = Transfer(denoiser, x, noise, from, to);
            options.Report(timesteps.Count - 1 - i, denoiser.Schedule.TimestepToSigma(from), x, denoised);
            x.copy_(next);
        }
    }

    private static (Tensor X, Tensor Denoised) Transfer(Denoiser denoiser, Tensor x, Tensor noise, int from, int to)
    {
        double alpha = denoiser.Schedule.AlphasCumprod[from];
        double alphaNext = denoiser.Schedule.AlphasCumprod[to];
        var denoised = (x - noise * Math.Sqrt(1 - alpha)) / Math.Sqrt(alpha);
        return (denoised * Math.Sqrt(alphaNext) + noise * Math.Sqrt(1 - alphaNext), denoised);
    }
}
