using LoraBridge.Diffusion;
using LoraBridge.Diffusion.Models;
using LoraBridge.Diffusion.Sampling;
using LoraBridge.Diffusion.Text;
using LoraBridge.Torch;
using static TorchSharp.torch;

namespace LoraBridge.Generation;

/// <summary>A checkpoint's network with the prompts of one batch, and perhaps another's that takes over on the way.</summary>
internal sealed class GuidedNetwork : IDisposable
{
    private readonly PipelineParts _parts;
    private readonly Guidance _guidance;
    private readonly NoiseSchedule _schedule;

    /// <summary>Guides a network.</summary>
    /// <param name="parts">The checkpoint.</param>
    /// <param name="pass">What is sampled.</param>
    /// <param name="conditioning">One for all pictures of the batch, or one for each.</param>
    public GuidedNetwork(PipelineParts parts, SamplingPass pass, IReadOnlyList<PromptConditioning> conditioning)
    {
        _parts = parts;
        _schedule = pass.Plan.Schedule;
        var settings = pass.Request.Guidance;
        _guidance = new((x, t, c) => Call(parts.Model.UNet, pass.TokenMergingRatio, x, t, c), conditioning, new()
        {
            Scale = pass.Request.GuidanceScale / pass.Plan.Sampler.GuidanceDivisor,
            NegativeDownTo = settings.NegativeDownTo,
            NegativeDownToAtEveryStep = settings.NegativeDownToAtEveryStep,
            NegativeFrom = settings.NegativeFrom,
            Calls = pass.ScheduleCalls,
            Padding = settings.Padding,
            Pad = (embeddings, length) => parts.Prompts.Pad(pass.Request, embeddings, length),
        }, parts.Model.ComputeType);
    }

    /// <summary>The network that takes over; null for none.</summary>
    public GuidedNetwork? Refiner { get; init; }

    /// <summary>The part of the timesteps' way after which it does.</summary>
    public double SwitchAt { get; init; } = 1;

    /// <summary>Where latents belong.</summary>
    public Device Device => _parts.Model.Device;

    /// <summary>Whether prompts were made as long as each other.</summary>
    public bool HasPadded => _guidance.HasPadded || Refiner is { HasPadded: true };

    /// <summary>One call.</summary>
    /// <param name="latents">What the network is given, (B, 4, h, w).</param>
    /// <param name="timesteps">(B).</param>
    /// <param name="sigma">Their noise level.</param>
    /// <param name="call">Which call of the pass it is, from 0.</param>
    /// <param name="fraction">How much of the pass is done, 0 to 1.</param>
    public Prediction Predict(Tensor latents, Tensor timesteps, double sigma, int call, double fraction)
    {
        var last = _schedule.Length - 1;
        if (Refiner is { } refiner && (last - _schedule.SigmaToTimestep(sigma)) / _schedule.Length >= SwitchAt)
            return refiner.Predict(latents, timesteps, sigma, call, fraction);
        _parts.Mixer.BeginCall(fraction);
        return _guidance.Predict(latents, timesteps, sigma, call);
    }

    public void Dispose() => _guidance.Dispose();

    // others use the network too: nothing of a request stays on it
    private static Tensor Call(UNet2DConditionModel unet, double ratio, Tensor latents, Tensor timesteps, Tensor context)
    {
        ComputeThreads.UseFor(unet.Config.ModelChannels, latents.shape[0] * latents.shape[2] * latents.shape[3]);
        unet.TokenMergingRatio = ratio;
        try
        {
            return unet.call(latents, timesteps, context);
        }
        finally
        {
            unet.TokenMergingRatio = 0;
        }
    }
}
