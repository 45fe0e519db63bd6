using LoraBridge.Checkpoints;

namespace LoraBridge.Lora.Tools;

/// <summary>How an adapter is taken out of two checkpoints.</summary>
public sealed record ExtractOptions
{
    /// <summary>How the ranks of linear layers and 1x1 convolutions are chosen. Default: 32 everywhere.</summary>
    public RankChoice Rank { get; init; } = RankChoice.Fixed(32);

    /// <summary>How the ranks of 3x3 convolutions are chosen; null leaves convolutions, resnets and samplers out, as most adapters do.</summary>
    public RankChoice? ConvolutionRank { get; init; }

    /// <summary>The text encoder is left out where none of its values differs by more than this. Default: 0.01.</summary>
    public double TextThreshold { get; init; } = 0.01;

    /// <summary>
    /// Clamps factors at this quantile of their values, as some trainers do against outliers; it makes the fit worse, so 1, the
    /// default, leaves them. From 0.5 to 1.
    /// </summary>
    public double ClampQuantile { get; init; } = 1;

    /// <summary>What the factors are stored as: F16, BF16 or F32. Default: F16.</summary>
    public TensorType SaveType { get; init; } = TensorType.F16;

    /// <summary>How keys are spelled. Default: kohya's.</summary>
    public LoraLayout Layout { get; init; }

    /// <summary>What the file calls itself; null for its file name.</summary>
    public string? Name { get; init; }
}

/// <summary>What was extracted.</summary>
/// <param name="Fit">The written layers beside the checkpoints' difference.</param>
/// <param name="Files">The files, with their hashes.</param>
/// <param name="Unchanged">How many layers that might have been written do not differ at all.</param>
/// <param name="TextIncluded">Whether the text encoder differs by more than the threshold, and is in the file.</param>
/// <param name="LeftOut">Tensors that differ and that an adapter of this kind does not hold, such as norms and biases.</param>
/// <param name="LeftOutNorm">‖D‖ of these together, beside <see cref="FitReport.Norm"/>.</param>
public sealed record ExtractResult(FitReport Fit, IReadOnlyList<SavedLora> Files, int Unchanged, bool TextIncluded, IReadOnlyList<string> LeftOut, double LeftOutNorm);
