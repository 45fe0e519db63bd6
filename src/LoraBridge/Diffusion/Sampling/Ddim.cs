using static TorchSharp.torch;

namespace LoraBridge.Diffusion.Sampling;

/// <summary>Denoising diffusion implicit models (Song et al. 2020, arXiv:2010.02502, equation 12).</summary>
/// <remarks>Of n timesteps the last n - 1 are stepped from; the result stands at the first.</remarks>
internal static class Ddim
{
    public static void Sample(Denoiser denoiser, Tensor x, IReadOnlyList<double> timesteps, SamplerOptions options) =>
        Sample(denoiser, x, timesteps, options, plusPlus: false);

    /// <summary>The loop of DDIM and, where the direction comes from the unguided noise, of its CFG++ form.</summary>
    public static void Sample(Denoiser denoiser, Tensor x, IReadOnlyList<double> timesteps, SamplerOptions options, bool plusPlus)
    {
        var eta = options.Eta ?? 0;
        for (var i = timesteps.Count - 1; i > 0; i--)
        {
            using var step = NewDisposeScope();
            var (from, to) = ((int)timesteps[i], (int)timesteps[i - 1]);
            double alpha = denoiser.Schedule.AlphasCumprod[from];
            double alphaNext = denoiser.Schedule.AlphasCumprod[to];
            var up = eta * Math.Sqrt((1 - alphaNext) / (1 - alpha) * (1 - alpha / alphaNext));

            var (guided, unguided) = denoiser.PredictNoise(x, from);
            var denoised = (x - guided * Math.Sqrt(1 - alpha)) / Math.Sqrt(alpha);
            var sigma = denoiser.Schedule.TimestepToSigma(from);
            options.Report(timesteps.Count - 1 - i, sigma, x, denoised);

            var direction = (plusPlus ? unguided : guided) * Math.Sqrt(Math.Max(0, 1 - alphaNext - up * up));
            x.copy_(denoised * Math.Sqrt(alphaNext) + direction);
            if (up > 0) x.add_(options.Draw(x, sigma, denoiser.Schedule.TimestepToSigma(to)) * up);
        }
    }
}
