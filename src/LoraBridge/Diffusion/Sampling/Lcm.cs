using static TorchSharp.torch;

namespace LoraBridge.Diffusion.Sampling;

/// <summary>Multistep consistency sampling for models distilled by LCM (Luo et al. 2023, arXiv:2310.04378, algorithm 3).</summary>
/// <remarks>Such a model knows 50 of the timesteps only, so the network is told the nearest of these.</remarks>
internal static class Lcm
{
    /// <summary>How many timesteps an LCM model was distilled on.</summary>
    public const int KnownTimesteps = 50;

    private const double SigmaData = 0.5;
    private const double TimestepScaling = 10;

    public static void Sample(Denoiser denoiser, Tensor x, IReadOnlyList<double> sigmas, SamplerOptions options)
    {
        var known = denoiser.Schedule.Thinned(Math.Min(KnownTimesteps, denoiser.Schedule.Length));
        var skip = denoiser.Schedule.Length / known.Length;
        for (var i = 0; i < sigmas.Count - 1; i++)
        {
            using var step = NewDisposeScope();
            var timestep = denoiser.Schedule.Length - 1 - (known.Length - 1 - known.SigmaToNearestTimestep(sigmas[i])) * skip;
            var denoised = Consistent(x, denoiser.Denoise(x, sigmas[i], timestep), timestep);
            options.Report(i, sigmas[i], x, denoised);
            x.copy_(denoised);
            if (sigmas[i + 1] > 0) x.add_(options.Draw(x, sigmas[i], sigmas[i + 1]) * sigmas[i + 1]);
        }
    }

    // the skip connection that makes the function the identity at timestep 0
    private static Tensor Consistent(Tensor x, Tensor denoised, int timestep)
    {
        var t = timestep * TimestepScaling;
        var variance = t * t + SigmaData * SigmaData;
        return denoised * (t / Math.Sqrt(variance)) + x * (SigmaData * SigmaData / variance);
    }
}
