using LoraBridge.Diffusion.Models;
using LoraBridge.Torch;
using LoraBridge.Training.Data;
using LoraBridge.Training.Objective;
using static TorchSharp.torch;

namespace LoraBridge.Training.Loop;

/// <summary>From a batch to its loss: text states, noisy latents, the UNet's prediction.</summary>
/// <param name="model">The networks, with whatever stands in for their layers.</param>
/// <param name="objective">What is compared.</param>
/// <param name="clipSkip">Which of CLIP's layers is read, counted from the last.</param>
internal sealed class NoisePrediction(StableDiffusionModel model, DenoisingObjective objective, int clipSkip)
{
    /// <summary>What the adapter shall leave as it is; null for nothing. It counts where gradients are on.</summary>
    public OutputPreservation? Preservation { get; set; }

    /// <summary>The batch's loss; its tensors belong to the caller's scope.</summary>
    public ObjectiveLoss Loss(TrainingBatch batch, StepDraws draws, DrawPlace place)
    {
        var timesteps = tensor(draws.Timesteps, device: model.Device);                              // (B)
        var noisy = objective.Noisy(batch.Latents, draws.InputNoise, timesteps);                    // (B, 4, h, w)
        var target = objective.Target(batch.Latents, draws.Noise, timesteps);                       // (B, 4, h, w)
        ComputeThreads.UseFor(model.UNet.Config.ModelChannels, noisy.shape[0] * noisy.shape[2] * noisy.shape[3]);
        var text = batch.TextStates ?? TextStates(batch.Captions);                                  // (B, T, D)
        var type = model.ComputeType;
        var prediction = model.UNet.call(noisy.to(type), timesteps, text.to(type)).to(float32);     // (B, 4, h, w)
        var loss = objective.Compute(prediction, target, new()
        {
            Timesteps = draws.Timesteps,
            Place = place,
            IsRegularization = batch.IsRegularization,
            Masks = batch.Masks,
        });
        return Preservation is { } kept && is_grad_enabled() ? loss with { Loss = loss.Loss + kept.Loss(noisy.to(type), timesteps, TextStates) } : loss;
    }

    /// <summary>What the UNet attends to, (B, T, D), float32; with gradients where they are on.</summary>
    public Tensor TextStates(IReadOnlyList<CaptionTokens> captions)
    {
        var ids = CaptionBatch.Ids(captions, model.Device);                                         // (B n, 77)
        return CaptionBatch.Join(model.TextEncoder.call(ids, clipSkip).to(float32), captions);
    }
}
