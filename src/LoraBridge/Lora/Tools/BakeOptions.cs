using LoraBridge.Checkpoints;
using LoraBridge.Diffusion.Text;

namespace LoraBridge.Lora.Tools;

/// <summary>One adapter of a blend that is baked.</summary>
/// <param name="Path">The file or folder.</param>
/// <param name="UNetWeight">Its weight in the UNet; negative ones take away.</param>
/// <param name="TextWeight">Its weight in the text encoder; null for that in the UNet.</param>
/// <param name="Blocks">Factors by block; null for 1 everywhere.</param>
public sealed record BakeInput(string Path, double UNetWeight = 1, double? TextWeight = null, BlockWeights? Blocks = null)
{
    internal double TextWeightOrUNets => TextWeight ?? UNetWeight;

    /// <summary>Reads factors by block as a prompt's tag has them: 17 or 26 numbers, a preset such as OUTALL, or names such as in*0.5,mid*0.</summary>
    /// <exception cref="FormatException">The text makes no sense; the message says why.</exception>
    public static BlockWeights ReadBlocks(string text) =>
        BlockWeightArgument.TryRead(text, out var blocks, out var fault) ? blocks : throw new FormatException(fault);
}

/// <summary>How adapters are baked into one.</summary>
public sealed record BakeOptions
{
    /// <summary>How ranks are chosen; null, the default, keeps all ranks side by side, which is exact.</summary>
    public RankChoice? Rank { get; init; }

    /// <summary>The same for convolutions with a kernel; null for <see cref="Rank"/>.</summary>
    public RankChoice? ConvolutionRank { get; init; }

    /// <summary>What is stored: F16, BF16 or F32. Default: F16.</summary>
    public TensorType SaveType { get; init; } = TensorType.F16;

    /// <summary>How keys are spelled. Default: kohya's.</summary>
    public LoraLayout Layout { get; init; }

    /// <summary>What the file calls itself; null for its file name.</summary>
    public string? Name { get; init; }
}

/// <summary>What was written, and how well it stands for what it was made from.</summary>
/// <param name="Fit">Layer by layer.</param>
/// <param name="Files">The files, with their hashes.</param>
public sealed record BakeResult(FitReport Fit, IReadOnlyList<SavedLora> Files);
