using static TorchSharp.torch;

namespace LoraBridge.Diffusion.Sampling;

/// <summary>What a sampler sees of a network: noisy latents and their noise level in, clean latents or the noise out.</summary>
/// <remarks>
/// Sampling in sigmas, x = x0 + sigma noise (Karras et al. 2022, arXiv:2206.00364), and in timesteps, x = sqrt(a) x0 + sqrt(1 - a) noise,
/// go through the same network: it is given x / sqrt(sigma² + 1) = sqrt(a) x and the timestep of sigma.
/// Guidance, prompts and conditioning belong to the model function.
/// </remarks>
/// <param name="schedule">The noise levels the network was trained on.</param>
/// <param name="type">What the network returns.</param>
/// <param name="model">(latents (B, C, h, w), timesteps (B) in float32, whole or fractional) -> prediction (B, C, h, w).</param>
public sealed class Denoiser(NoiseSchedule schedule, PredictionType type, Func<Tensor, Tensor, Prediction> model)
{
    /// <summary>The noise levels the network was trained on.</summary>
    public NoiseSchedule Schedule => schedule;

    /// <summary>Whether noise levels are rounded to the nearest whole timestep before the network sees them.</summary>
    public bool Quantize { get; init; }

    /// <summary>
    /// Puts known latents in place of masked ones, where a part of an image is kept: of the denoised latents in sigma samplers,
    /// of the network's input in timestep samplers, as the web UI does.
    /// </summary>
    public Func<Tensor, Tensor>? Blend { get; init; }

    /// <summary>Ends the run before the next call of the network.</summary>
    public CancellationToken Cancel { get; init; }

    /// <summary>The noise level of the present call of the network, or of the last.</summary>
    public double Sigma { get; private set; }

    /// <summary>How often the network was called.</summary>
    public int ModelCalls { get; private set; }

    /// <summary>The network's estimate of the clean latents.</summary>
    /// <param name="x">Noisy latents x0 + sigma noise, (B, C, h, w).</param>
    /// <param name="sigma">Their noise level, above 0.</param>
    /// <returns>(B, C, h, w).</returns>
    public Tensor Denoise(Tensor x, double sigma) =>
        Denoise(x, sigma, Quantize ? schedule.SigmaToNearestTimestep(sigma) : schedule.SigmaToTimestep(sigma));

    /// <summary>The network's estimate of the clean latents, (B, C, h, w), when it is told another timestep than the noise level's own.</summary>
    internal Tensor Denoise(Tensor x, double sigma, double timestep)
    {
        using var scope = NewDisposeScope();
        var variance = sigma * sigma + 1;
        var prediction = Call(x / Math.Sqrt(variance), timestep).Guided;
        var denoised = type == PredictionType.Epsilon
            ? x - prediction * sigma
            : x / variance - prediction * (sigma / Math.Sqrt(variance));
        return (Blend is null ? denoised : Blend(denoised)).MoveToOuterDisposeScope();
    }

    /// <summary>The network's estimate of the noise in latents at a timestep.</summary>
    /// <param name="x">Noisy latents sqrt(a) x0 + sqrt(1 - a) noise, (B, C, h, w).</param>
    /// <param name="timestep">Whole or fractional.</param>
    /// <returns>With guidance and without it, (B, C, h, w) each.</returns>
    public (Tensor Guided, Tensor Unguided) PredictNoise(Tensor x, double timestep)
    {
        using var scope = NewDisposeScope();
        if (Blend is not null) x = Blend(x);
        var prediction = Call(x, timestep);
        var guided = ToNoise(prediction.Guided, x, timestep);
        var unguided = prediction.Unguided is null ? guided.alias() : ToNoise(prediction.Unguided, x, timestep);
        return (guided.MoveToOuterDisposeScope(), unguided.MoveToOuterDisposeScope());
    }

    // x and v are the noise and x0 turned by an angle; so is the way back
    private Tensor ToNoise(Tensor prediction, Tensor x, double timestep)
    {
        if (type == PredictionType.Epsilon) return prediction;
        var sigma = schedule.TimestepToSigma(timestep);
        var signal = 1 / Math.Sqrt(sigma * sigma + 1);
        return prediction * signal + x * (sigma * signal);
    }

    private Prediction Call(Tensor x, double timestep)
    {
        Cancel.ThrowIfCancellationRequested();
        ModelCalls++;
        Sigma = schedule.TimestepToSigma(timestep);
        var prediction = model(x, full(x.shape[0], timestep, dtype: float32, device: x.device));
        return new(prediction.Guided.to(x.dtype), prediction.Unguided?.to(x.dtype));
    }
}
