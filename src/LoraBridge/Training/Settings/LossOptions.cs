using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;

namespace LoraBridge.Training.Settings;

/// <summary>How a difference becomes a loss.</summary>
public enum LossKind
{
    /// <summary>Its square.</summary>
    [AlsoNamed("mse", "mean_squared_error")]
    L2,

    /// <summary>Its size.</summary>
    [AlsoNamed("mae", "mean_absolute_error")]
    L1,

    /// <summary>Square near 0, linear far off: 2c(sqrt(d² + c²) - c).</summary>
    [AlsoNamed("pseudo_huber")]
    Huber,

    /// <summary>The same without the leading c.</summary>
    [JsonStringEnumMemberName("smooth_l1")]
    SmoothL1,
}

/// <summary>How Huber's c depends on the timestep.</summary>
public enum HuberSchedule
{
    /// <summary>By the noise level, from 1 without noise to c.</summary>
    Snr,

    /// <summary>The same everywhere.</summary>
    Constant,

    /// <summary>Falls from 1 to c over the timesteps.</summary>
    Exponential,
}

/// <summary>How the prediction's error is measured and weighted.</summary>
public sealed record LossOptions
{
    /// <summary>What a difference counts: l2, l1, huber or smooth_l1.</summary>
    public LossKind Kind { get; init; }

    /// <summary>Where Huber's losses turn from square to linear.</summary>
    [Range(0.0, 1000.0, MinimumIsExclusive = true)]
    public double HuberC { get; init; } = 0.1;

    /// <summary>A factor on c, but not with the snr schedule.</summary>
    [Range(0.0, 1000.0, MinimumIsExclusive = true)]
    public double HuberScale { get; init; } = 1;

    /// <summary>How Huber's c depends on the timestep.</summary>
    public HuberSchedule HuberSchedule { get; init; }

    /// <summary>Weight timesteps by min(SNR, gamma) / SNR so that clean ones do not rule (min-SNR); none for equal weights, 5 is advised.</summary>
    [Range(0.0, 1000.0, MinimumIsExclusive = true)]
    public double? MinSnrGamma { get; init; }

    /// <summary>Weight timesteps by 1 / sqrt(SNR), another cure for the same.</summary>
    public bool DebiasedEstimation { get; init; }

    /// <summary>With v-prediction, weight timesteps as a noise prediction would.</summary>
    public bool ScaleVPredictionLikeNoise { get; init; }

    /// <summary>With noise prediction, add this much of v-prediction's loss; none for none.</summary>
    [Range(0.0, 1000.0, MinimumIsExclusive = true)]
    public double? VPredictionLikeLoss { get; init; }

    /// <summary>Weight timesteps by (1 + SNR)^-gamma (P2); none for equal weights.</summary>
    [Range(0.0, 10.0, MinimumIsExclusive = true)]
    public double? P2Gamma { get; init; }

    /// <summary>The weight of regularisation pictures against the others.</summary>
    [Range(0.0, 100.0)]
    public double PriorWeight { get; init; } = 1;

    /// <summary>Count the loss only where a picture's mask is white.</summary>
    public bool Masked { get; init; }

    /// <summary>Divide the masked loss by the mask's mean, so that a small mask teaches as much as a large one.</summary>
    public bool NormalizeMaskedArea { get; init; }

    /// <summary>The least weight of a masked place.</summary>
    [Range(0.0, 1.0)]
    public double UnmaskedWeight { get; init; }

    /// <summary>The chance that a visit ignores the mask.</summary>
    [Range(0.0, 1.0)]
    public double UnmaskedProbability { get; init; }

    /// <summary>Weight of keeping the untrained model's answer to the class prompt (differential output preservation); 0 for none, costs a second pass.</summary>
    [Range(0.0, 100.0)]
    public double OutputPreservation { get; init; }

    /// <summary>The prompt whose answer is kept.</summary>
    public string OutputPreservationPrompt { get; init; } = "";
}
