namespace LoraBridge.Diffusion.Models;

/// <summary>
/// What cannot be read from the shapes of the weights. A value that is null is not known from that source; sources are
/// asked in this order: what the user states, the checkpoint's metadata, a config.json beside it, the rule for the family.
/// </summary>
public sealed record ModelHints
{
    /// <summary>Attention heads of the text encoder; by rule one for each 64 of its width.</summary>
    public long? TextHeads { get; init; }

    /// <summary>The text encoder's activation, "quick_gelu" or "gelu".</summary>
    public string? TextActivation { get; init; }

    /// <summary>Attention heads of the UNet, the same at every level; by rule 8.</summary>
    public long? UNetHeads { get; init; }

    /// <summary>Width of the UNet's attention heads, where that is fixed and not their number.</summary>
    public long? UNetHeadWidth { get; init; }

    /// <summary>Groups of the UNet's group norms; by rule 32.</summary>
    public long? UNetNormGroups { get; init; }

    /// <summary>Groups of the autoencoder's group norms; by rule 32.</summary>
    public long? AutoencoderNormGroups { get; init; }

    /// <summary>What the UNet predicts, "epsilon" or "v_prediction".</summary>
    public string? PredictionType { get; init; }

    /// <summary>Latents are the autoencoder's times this; by rule 0.18215.</summary>
    public double? ScaleFactor { get; init; }

    /// <summary>Variance of the first noise step; by rule 0.00085.</summary>
    public double? BetaStart { get; init; }

    /// <summary>Variance of the last noise step; by rule 0.012.</summary>
    public double? BetaEnd { get; init; }

    /// <summary>Noise steps; by rule 1000.</summary>
    public int? TrainingSteps { get; init; }

    /// <summary>The rule for Stable Diffusion 1.x.</summary>
    public static ModelHints Sd1 { get; } = new()
    {
        TextActivation = "quick_gelu",
        UNetHeads = 8,
        UNetNormGroups = 32,
        AutoencoderNormGroups = 32,
        PredictionType = "epsilon",
        ScaleFactor = 0.18215,
        BetaStart = 0.00085,
        BetaEnd = 0.012,
        TrainingSteps = 1000,
    };

    /// <summary>These hints, and another source's where they know nothing.</summary>
    public ModelHints Or(ModelHints other) => new()
    {
        TextHeads = TextHeads ?? other.TextHeads,
        TextActivation = TextActivation ?? other.TextActivation,
        // the two exclude each other: a source that knows one of them has decided
        UNetHeads = UNetHeads ?? (UNetHeadWidth is null ? other.UNetHeads : null),
        UNetHeadWidth = UNetHeadWidth ?? (UNetHeads is null ? other.UNetHeadWidth : null),
        UNetNormGroups = UNetNormGroups ?? other.UNetNormGroups,
        AutoencoderNormGroups = AutoencoderNormGroups ?? other.AutoencoderNormGroups,
        PredictionType = PredictionType ?? other.PredictionType,
        ScaleFactor = ScaleFactor ?? other.ScaleFactor,
        BetaStart = BetaStart ?? other.BetaStart,
        BetaEnd = BetaEnd ?? other.BetaEnd,
        TrainingSteps = TrainingSteps ?? other.TrainingSteps,
    };
}
