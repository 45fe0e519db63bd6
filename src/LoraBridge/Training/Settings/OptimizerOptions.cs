using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;

namespace LoraBridge.Training.Settings;

/// <summary>How weights are moved.</summary>
public sealed record OptimizerOptions
{
    /// <summary>The rule that moves weights.</summary>
    public OptimizerKind Kind { get; init; }

    /// <summary>The learning rate; 1e-4 to 3e-4 for pictures with AdamW, about a fifth of it with Lion, 1 with Prodigy and D-Adaptation.</summary>
    [Range(0.0, 100.0)]
    public double LearningRate { get; init; } = 2e-4;

    /// <summary>The UNet's learning rate; none takes the common one, 0 leaves it untrained.</summary>
    [JsonPropertyName("unetLearningRate")]
    [Range(0.0, 100.0)]
    public double? UNetLearningRate { get; init; }

    /// <summary>The text encoder's learning rate; none takes the common one, 0 leaves it untrained. A half to a tenth of the UNet's is usual.</summary>
    [Range(0.0, 100.0)]
    public double? TextEncoderLearningRate { get; init; }

    /// <summary>How fast weights shrink by themselves; none is the optimizer's own.</summary>
    [Range(0.0, 10.0)]
    public double? WeightDecay { get; init; }

    /// <summary>How long gradients are remembered; none is the optimizer's own.</summary>
    [Range(0.0, 1.0, MaximumIsExclusive = true)]
    public double? Beta1 { get; init; }

    /// <summary>How long the gradients' squares are remembered (Lion: gradients); none is the optimizer's own.</summary>
    [Range(0.0, 1.0, MaximumIsExclusive = true)]
    public double? Beta2 { get; init; }

    /// <summary>How long Prodigy's estimate is remembered; none is the root of beta2.</summary>
    [Range(0.0, 1.0, MaximumIsExclusive = true)]
    public double? Beta3 { get; init; }

    /// <summary>The number that keeps from dividing by 0; none is the optimizer's own.</summary>
    [Range(0.0, 1.0, MinimumIsExclusive = true)]
    public double? Epsilon { get; init; }

    /// <summary>How long SGD goes on in a direction.</summary>
    [Range(0.0, 1.0, MaximumIsExclusive = true)]
    public double Momentum { get; init; } = 0.9;

    /// <summary>Scale gradients down when their common norm is above this; 0 for never.</summary>
    [Range(0.0, 1000.0)]
    public double MaxGradNorm { get; init; } = 1;

    /// <summary>The up factor's learning rate as a multiple of the down factor's (LoRA+); none for 1, 16 is advised.</summary>
    [Range(0.0, 1000.0, MinimumIsExclusive = true)]
    public double? LoraPlusRatio { get; init; }

    /// <summary>LoRA+ in the UNet; none as the common ratio.</summary>
    [JsonPropertyName("loraPlusUNetRatio")]
    [Range(0.0, 1000.0, MinimumIsExclusive = true)]
    public double? LoraPlusUNetRatio { get; init; }

    /// <summary>LoRA+ in the text encoder; none as the common ratio.</summary>
    [Range(0.0, 1000.0, MinimumIsExclusive = true)]
    public double? LoraPlusTextEncoderRatio { get; init; }

    /// <summary>Factors on the learning rate of the UNet's 12 down blocks; empty for 1. 0 leaves a block out.</summary>
    public IReadOnlyList<double> DownBlockRates { get; init; } = [];

    /// <summary>The factor on the learning rate of the UNet's middle block.</summary>
    [Range(0.0, 1000.0)]
    public double MiddleBlockRate { get; init; } = 1;

    /// <summary>Factors on the learning rate of the UNet's 12 up blocks; empty for 1. 0 leaves a block out.</summary>
    public IReadOnlyList<double> UpBlockRates { get; init; } = [];

    /// <summary>Blocks whose factor is at most this are left out.</summary>
    [Range(0.0, 1000.0)]
    public double BlockRateThreshold { get; init; }

    /// <summary>Learning rates of the modules whose names match a regular expression.</summary>
    public IReadOnlyDictionary<string, double> RatePatterns { get; init; } = new Dictionary<string, double>();

    /// <summary>Where Prodigy's and D-Adaptation's estimate of the learning rate begins.</summary>
    [Range(0.0, 1.0, MinimumIsExclusive = true)]
    public double InitialD { get; init; } = 1e-6;

    /// <summary>A factor on Prodigy's estimate.</summary>
    [Range(0.0, 100.0, MinimumIsExclusive = true)]
    public double DCoefficient { get; init; } = 1;

    /// <summary>How fast the estimate may grow in a step; none for no limit, 1.02 is gentle.</summary>
    [Range(1.0, 1000.0, MinimumIsExclusive = true)]
    public double? GrowthRate { get; init; }

    /// <summary>Keep Prodigy's estimate from running off during warm-up.</summary>
    public bool SafeguardWarmup { get; init; }

    /// <summary>Correct the first steps' means (Prodigy, D-Adaptation).</summary>
    public bool UseBiasCorrection { get; init; }

    /// <summary>Shrink weights apart from the gradient (Prodigy, D-Adaptation), as AdamW does.</summary>
    public bool Decouple { get; init; } = true;

    /// <summary>Adafactor finds its own learning rate; it wants the adafactor scheduler then.</summary>
    public bool RelativeStep { get; init; } = true;

    /// <summary>Adafactor scales its steps by the weights' size.</summary>
    public bool ScaleParameter { get; init; } = true;

    /// <summary>Adafactor's own learning rate begins small.</summary>
    public bool WarmupInit { get; init; }

    /// <summary>Adafactor cuts steps whose mean square is above this.</summary>
    [Range(0.0, 1000.0, MinimumIsExclusive = true)]
    public double ClipThreshold { get; init; } = 1;

    /// <summary>How fast Adafactor's memory grows.</summary>
    [Range(-10.0, 0.0)]
    public double DecayRate { get; init; } = -0.8;
}
