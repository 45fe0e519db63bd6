using LoraBridge.Diffusion;
using LoraBridge.Diffusion.Sampling;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Diffusion.Sampling;

/// <summary>Latents that are independent Gaussians: their exact denoiser is known, and so is where every path of the sampling equation ends.</summary>
internal sealed record GaussianData(double Mean = 0.7, double Spread = 0.5)
{
    /// <summary>The exact denoiser, as if it were a network that returns epsilon or v.</summary>
    public Denoiser Denoiser(PredictionType type = PredictionType.Epsilon, CancellationToken cancel = default) =>
        new(NoiseSchedule.StableDiffusion, type, (x, timesteps) => Predict(x, timesteps, type)) { Cancel = cancel };

    /// <summary>Where the probability-flow path through x at one noise level stands at another.</summary>
    public Tensor Along(Tensor x, double sigma, double next) =>
        (x - Mean) * Math.Sqrt((Spread * Spread + next * next) / (Spread * Spread + sigma * sigma)) + Mean;

    /// <summary>The standard deviation of noisy latents.</summary>
    public double SpreadAt(double sigma) => Math.Sqrt(Spread * Spread + sigma * sigma);

    /// <summary>What the network returns for its input sqrt(a) x at timesteps that are all the same.</summary>
    public Tensor Predict(Tensor input, Tensor timesteps, PredictionType type)
    {
        using var scope = NewDisposeScope();
        var sigma = NoiseSchedule.StableDiffusion.TimestepToSigma(timesteps.data<float>()[0]);
        var signal = 1 / Math.Sqrt(1 + sigma * sigma);
        var variance = Spread * Spread;
        var clean = (input / signal * variance + Mean * sigma * sigma) / (variance + sigma * sigma);
        var noise = (input / signal - clean) / sigma;
        var prediction = type == PredictionType.Epsilon ? noise : noise * signal - clean * (sigma * signal);
        return prediction.MoveToOuterDisposeScope();
    }
}
