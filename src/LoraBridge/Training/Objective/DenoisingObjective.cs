using LoraBridge.Diffusion;
using LoraBridge.Training.Settings;
using static TorchSharp.torch;

namespace LoraBridge.Training.Objective;

/// <summary>What a batch besides its tensors tells the loss.</summary>
public sealed record BatchConditions
{
    /// <summary>The timestep of each sample, B of them.</summary>
    public required IReadOnlyList<long> Timesteps { get; init; }

    /// <summary>Where in the run, for the chance that a mask is ignored.</summary>
    public DrawPlace Place { get; init; }

    /// <summary>Which samples are regularisation pictures; empty for none.</summary>
    public IReadOnlyList<bool> IsRegularization { get; init; } = [];

    /// <summary>Weights from 0 to 1 of every place, (B, 1, H, W) in pixels or latent cells; null for 1. Read only with masked loss.</summary>
    public Tensor? Masks { get; init; }
}

/// <summary>A batch's loss.</summary>
/// <param name="Loss">The scalar to go backward from: the mean of all samples, weighted.</param>
/// <param name="PerSample">Each sample's loss without weights, (B), detached: for logs.</param>
public sealed record ObjectiveLoss(Tensor Loss, Tensor PerSample);

/// <summary>What is trained: the target, and how far off a prediction is.</summary>
/// <remarks>In this order: each element's loss, the mask, the mean over a sample, its weights (regularisation, timestep), the mean over the batch.</remarks>
public sealed class DenoisingObjective
{
    private readonly NoiseSchedule _schedule;
    private readonly PredictionType _type;
    private readonly LossOptions _options;
    private readonly double[] _weights;

    /// <summary>The objective of a run.</summary>
    /// <param name="options">The loss and its weights.</param>
    /// <param name="schedule">The noise schedule that is trained with, rescaled to zero terminal SNR or not: weights follow it.</param>
    /// <param name="type">What the network predicts.</param>
    /// <exception cref="ArgumentException">A weight does not go with the prediction or the schedule.</exception>
    public DenoisingObjective(LossOptions options, NoiseSchedule schedule, PredictionType type)
    {
        (_options, _schedule, _type) = (options, schedule, type);
        _weights = LossWeights.Table(options, schedule, type);
    }

    /// <summary>Noisy latents to predict from, (B, C, h, w).</summary>
    /// <param name="latents">Clean latents, (B, C, h, w).</param>
    /// <param name="inputNoise">The noise to add, perturbed or not, (B, C, h, w).</param>
    /// <param name="timesteps">(B), int64.</param>
    public Tensor Noisy(Tensor latents, Tensor inputNoise, Tensor timesteps) => _schedule.AddNoise(latents, inputNoise, timesteps);

    /// <summary>What the network should return: the noise or the velocity, (B, C, h, w).</summary>
    /// <param name="latents">Clean latents, (B, C, h, w).</param>
    /// <param name="noise">The noise to learn, (B, C, h, w).</param>
    /// <param name="timesteps">(B), int64.</param>
    public Tensor Target(Tensor latents, Tensor noise, Tensor timesteps) => _schedule.Target(latents, noise, timesteps, _type);

    /// <summary>The loss of a batch.</summary>
    /// <param name="prediction">What the network returned, (B, C, h, w).</param>
    /// <param name="target">What it should have returned, (B, C, h, w).</param>
    /// <param name="conditions">Timesteps, masks, and which samples are regularisation.</param>
    public ObjectiveLoss Compute(Tensor prediction, Tensor target, BatchConditions conditions)
    {
        using var scope = NewDisposeScope();
        var count = (int)prediction.shape[0];
        if (conditions.Timesteps.Count != count)
            throw new ArgumentException($"The batch has {count} samples and {conditions.Timesteps.Count} timesteps.", nameof(conditions));
        if (conditions.IsRegularization.Count is var marks && marks != 0 && marks != count)
            throw new ArgumentException($"The batch has {count} samples, of which {marks} are marked as regularisation or not.", nameof(conditions));

        double[] thresholds = _options.Kind is LossKind.Huber or LossKind.SmoothL1
            ? [.. conditions.Timesteps.Select(timestep => ElementLoss.Threshold(_options, _schedule, timestep))] : [];
        var elements = ElementLoss.Of(prediction, target, _options.Kind, thresholds);                // (B, C, h, w)
        var perSample = _options.Masked && conditions.Masks is { } masks
            ? LossMask.Mean(elements, LossMask.Prepare(masks, elements, _options, conditions.Place), _options.NormalizeMaskedArea)
            : elements.mean([1, 2, 3]);                                                              // (B)
        var loss = DenoisingLoss.Weighted(perSample, Weights(conditions));
        return new(loss.MoveToOuterDisposeScope(), perSample.detach().MoveToOuterDisposeScope());
    }

    /// <summary>The weight of each sample in the batch's mean.</summary>
    public double[] Weights(BatchConditions conditions) =>
    [
        .. conditions.Timesteps.Select((timestep, i) =>
            _weights[timestep] * (conditions.IsRegularization.Count > 0 && conditions.IsRegularization[i] ? _options.PriorWeight : 1)),
    ];
}
