using static TorchSharp.torch;

namespace LoraBridge.Diffusion;

/// <summary>How much noise each training timestep holds, as alphas (signal left) and as sigmas (noise over signal).</summary>
/// <remarks>
/// z_t = sqrt(a_t) x0 + sqrt(1 - a_t) noise with a_t the cumulative product of 1 - beta_t, and sigma_t = sqrt((1 - a_t) / a_t).
/// Between timesteps log sigma is interpolated linearly, so that samplers may stand anywhere.
/// </remarks>
public sealed class NoiseSchedule
{
    /// <summary>The number of timesteps Stable Diffusion was trained with.</summary>
    public const int TrainingTimesteps = 1000;

    private readonly float[] _alphasCumprod;
    private readonly float[] _sigmas;
    private readonly float[] _logSigmas;

    private NoiseSchedule(float[] alphasCumprod)
    {
        _alphasCumprod = alphasCumprod;
        _sigmas = [.. alphasCumprod.Select(a => (float)Math.Sqrt((1.0 - a) / a))];
        _logSigmas = [.. alphasCumprod.Select(a => (float)(0.5 * Math.Log((1.0 - a) / a)))];
    }

    /// <summary>Stable Diffusion's schedule for sampling: betas in float64, alphas rounded once.</summary>
    public static NoiseSchedule StableDiffusion { get; } = FromBetas(ScaledLinearBetas());

    /// <summary>Stable Diffusion's schedule as trainers compute it, in float32 throughout; it differs by about 1e-6.</summary>
    public static NoiseSchedule StableDiffusionTraining { get; } = FromFloat32Betas(ScaledLinearFloat32Betas());

    /// <summary>Betas whose square roots are equally spaced, in float64.</summary>
    public static double[] ScaledLinearBetas(int length = TrainingTimesteps, double start = 0.00085, double end = 0.012) =>
        [.. LinearBetas(length, Math.Sqrt(start), Math.Sqrt(end)).Select(root => root * root)];

    /// <summary>Equally spaced betas, in float64.</summary>
    public static double[] LinearBetas(int length, double start, double end) =>
        [.. Enumerable.Range(0, length).Select(i => start + (end - start) * i / Math.Max(1, length - 1))];

    /// <summary>Betas whose square roots are equally spaced, every operation rounded to float32.</summary>
    public static float[] ScaledLinearFloat32Betas(int length = TrainingTimesteps, double start = 0.00085, double end = 0.012)
    {
        var (first, last) = ((float)Math.Sqrt(start), (float)Math.Sqrt(end));
        var step = (last - first) / Math.Max(1, length - 1);
        // torch's linspace counts its second half back from the end
        return [.. Enumerable.Range(0, length)
            .Select(i => i < length / 2 ? first + step * i : last - step * (length - 1 - i))
            .Select(root => root * root)];
    }

    /// <summary>The schedule of betas in float64; its alphas are rounded to float32 once.</summary>
    public static NoiseSchedule FromBetas(IEnumerable<double> betas) => FromAlphasCumprod(CumulativeAlphas(betas).Select(alpha => (float)alpha));

    /// <summary>The cumulative product of 1 - beta, in float64.</summary>
    public static IEnumerable<double> CumulativeAlphas(IEnumerable<double> betas)
    {
        var product = 1.0;
        foreach (var beta in betas) yield return product *= 1 - beta;
    }

    /// <summary>The schedule of betas in float32; 1 - beta is rounded too, while the product runs in float64 as torch's cumprod does.</summary>
    public static NoiseSchedule FromFloat32Betas(IEnumerable<float> betas)
    {
        var product = 1.0;
        return FromAlphasCumprod(betas.Select(beta => (float)(product *= 1f - beta)));
    }

    /// <summary>The schedule of cumulative alphas, falling, each in [0, 1).</summary>
    /// <exception cref="ArgumentException">There are none, or they rise, or one is outside [0, 1).</exception>
    public static NoiseSchedule FromAlphasCumprod(IEnumerable<float> alphasCumprod)
    {
        float[] alphas = [.. alphasCumprod];
        if (alphas.Length == 0) throw new ArgumentException("A noise schedule needs at least one timestep.", nameof(alphasCumprod));
        for (var t = 0; t < alphas.Length; t++)
        {
            if (!(alphas[t] >= 0 && alphas[t] < 1))
                throw new ArgumentException($"alphas_cumprod[{t}] is {alphas[t]}; it must lie in [0, 1).", nameof(alphasCumprod));
            if (t > 0 && alphas[t] >= alphas[t - 1])
                throw new ArgumentException($"alphas_cumprod must fall, but [{t}] is {alphas[t]} after {alphas[t - 1]}.", nameof(alphasCumprod));
        }
        return new(alphas);
    }

    /// <summary>The number of training timesteps.</summary>
    public int Length => _alphasCumprod.Length;

    /// <summary>The part of the signal's variance that is left at each timestep, falling.</summary>
    public ReadOnlySpan<float> AlphasCumprod => _alphasCumprod;

    /// <summary>Noise over signal at each timestep, rising.</summary>
    public ReadOnlySpan<float> Sigmas => _sigmas;

    /// <summary>Natural logarithms of <see cref="Sigmas"/>.</summary>
    public ReadOnlySpan<float> LogSigmas => _logSigmas;

    /// <summary>The least noise the network was trained on, 0.0292 for Stable Diffusion.</summary>
    public double SigmaMin => _sigmas[0];

    /// <summary>The most noise the network was trained on, 14.6146 for Stable Diffusion.</summary>
    public double SigmaMax => _sigmas[^1];

    /// <summary>The fractional timestep of a noise level; levels outside the schedule give its ends.</summary>
    public double SigmaToTimestep(double sigma)
    {
        var logSigma = Math.Log(sigma);
        var low = Math.Clamp(Below(logSigma), 0, Math.Max(0, Length - 2));
        var high = Math.Min(low + 1, Length - 1);
        if (low == high) return low;
        var weight = (logSigma - _logSigmas[low]) / ((double)_logSigmas[high] - _logSigmas[low]);
        return low + Math.Clamp(weight, 0, 1);
    }

    /// <summary>The whole timestep whose noise level is nearest, by logarithm.</summary>
    public int SigmaToNearestTimestep(double sigma)
    {
        var logSigma = Math.Log(sigma);
        var low = Math.Clamp(Below(logSigma), 0, Length - 1);
        var high = Math.Min(low + 1, Length - 1);
        return Math.Abs(logSigma - _logSigmas[low]) <= Math.Abs(logSigma - _logSigmas[high]) ? low : high;
    }

    /// <summary>The noise level of a timestep, whole or fractional; timesteps outside the schedule give its ends.</summary>
    public double TimestepToSigma(double timestep)
    {
        timestep = Math.Clamp(timestep, 0, Length - 1);
        var low = (int)Math.Floor(timestep);
        if (timestep == low) return Math.Exp(_logSigmas[low]);
        var weight = timestep - low;
        return Math.Exp((1 - weight) * _logSigmas[low] + weight * _logSigmas[low + 1]);
    }

    /// <summary>The schedule of every (Length / count)-th timestep, the last one kept, as LCM was distilled on.</summary>
    public NoiseSchedule Thinned(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Length);
        var skip = Length / count;
        return FromAlphasCumprod(Enumerable.Range(0, count).Select(i => _alphasCumprod[Length - 1 - (count - 1 - i) * skip]));
    }

    /// <summary>The schedule with its alphas rounded to half precision.</summary>
    public NoiseSchedule Downcast() => FromAlphasCumprod(_alphasCumprod.Select(alpha => (float)(Half)alpha));

    /// <summary>What samplers put in place of a last alpha of zero, whose sigma would be infinite; the web UI's value.</summary>
    public const float LeastSamplingAlpha = 4.8973451890853435e-08f;

    /// <summary>The schedule with sqrt(a) shifted and stretched so that the last timestep is pure noise and the first is unchanged.</summary>
    /// <param name="lastAlpha">The last alpha: 0 to train with, <see cref="LeastSamplingAlpha"/> to sample with.</param>
    /// <remarks>Lin et al. 2023 (arXiv:2305.08891), algorithm 1. Only v-prediction can learn from the last timestep.</remarks>
    public NoiseSchedule RescaledToZeroTerminalSnr(float lastAlpha = 0)
    {
        var first = Math.Sqrt(_alphasCumprod[0]);
        var last = Math.Sqrt(_alphasCumprod[^1]);
        return FromAlphasCumprod(_alphasCumprod.Select((a, t) =>
        {
            if (t == Length - 1) return lastAlpha;
            var root = (Math.Sqrt(a) - last) * first / (first - last);
            return (float)(root * root);
        }));
    }

    /// <summary>Noisy latents sqrt(a) latents + sqrt(1 - a) noise.</summary>
    /// <param name="latents">Clean latents, (B, C, h, w).</param>
    /// <param name="noise">Unit noise, (B, C, h, w).</param>
    /// <param name="timesteps">Whole timesteps, (B).</param>
    /// <returns>(B, C, h, w).</returns>
    public Tensor AddNoise(Tensor latents, Tensor noise, Tensor timesteps)
    {
        using var scope = NewDisposeScope();
        var (signal, spread) = Roots(timesteps, latents);                       // (B, 1, 1, 1)
        return (signal * latents + spread * noise).MoveToOuterDisposeScope();
    }

    /// <summary>The velocity sqrt(a) noise - sqrt(1 - a) latents that a v-predicting network is trained to return.</summary>
    /// <param name="latents">Clean latents, (B, C, h, w).</param>
    /// <param name="noise">Unit noise, (B, C, h, w).</param>
    /// <param name="timesteps">Whole timesteps, (B).</param>
    /// <returns>(B, C, h, w).</returns>
    public Tensor Velocity(Tensor latents, Tensor noise, Tensor timesteps)
    {
        using var scope = NewDisposeScope();
        var (signal, spread) = Roots(timesteps, latents);                       // (B, 1, 1, 1)
        return (signal * noise - spread * latents).MoveToOuterDisposeScope();
    }

    /// <summary>What a network of that kind is trained to return, (B, C, h, w): the noise itself or the velocity.</summary>
    public Tensor Target(Tensor latents, Tensor noise, Tensor timesteps, PredictionType type) =>
        type == PredictionType.Epsilon ? noise.alias() : Velocity(latents, noise, timesteps);

    /// <summary>The signal-to-noise ratio a / (1 - a) of a timestep.</summary>
    public double Snr(int timestep) => _alphasCumprod[timestep] / (1.0 - _alphasCumprod[timestep]);

    /// <summary>
    /// The loss weight of a timestep that keeps easy timesteps from dominating: min(SNR, gamma) over SNR for epsilon, over SNR + 1 for v.
    /// </summary>
    /// <remarks>Hang et al. 2023 (arXiv:2303.09556). At SNR 0 the v weight is 0, and epsilon's, undefined there, is its limit 1.</remarks>
    public double MinSnrWeight(int timestep, double gamma, PredictionType type)
    {
        var snr = Snr(timestep);
        if (type == PredictionType.V) return Math.Min(snr, gamma) / (snr + 1);
        return snr == 0 ? 1 : Math.Min(snr, gamma) / snr;
    }

    /// <summary>The debiased loss weight of a timestep: 1 / sqrt(SNR) for epsilon, 1 / (SNR + 1) for v, SNR capped at 1000.</summary>
    public double DebiasedWeight(int timestep, PredictionType type)
    {
        var snr = Math.Min(Snr(timestep), 1000);
        return type == PredictionType.V ? 1 / (snr + 1) : 1 / Math.Sqrt(snr);
    }

    // the last index whose log sigma is not above; -1 below all
    private int Below(double logSigma)
    {
        var (low, high) = (-1, Length);
        while (high - low > 1)
        {
            var middle = (low + high) / 2;
            if (_logSigmas[middle] <= logSigma) low = middle;
            else high = middle;
        }
        return low;
    }

    private (Tensor Signal, Tensor Spread) Roots(Tensor timesteps, Tensor like)
    {
        var alphas = tensor(_alphasCumprod, dtype: float32, device: timesteps.device).index_select(0, timesteps.to(int64)).view(-1, 1, 1, 1);
        return (alphas.sqrt().to(like.dtype, like.device), (1 - alphas).sqrt().to(like.dtype, like.device));
    }
}
