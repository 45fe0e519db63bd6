using System.Globalization;

namespace LoraBridge.Diffusion.Text;

/// <summary>Factors for the blocks of a UNet, by which a LoRA's weight is multiplied there; in a tag <c>blocks=</c> or <c>lbw=</c>.</summary>
public sealed record BlockWeights
{
    /// <summary>1 everywhere.</summary>
    public static BlockWeights All { get; } = new();

    /// <summary>For the text encoder, and what stands in no block.</summary>
    public double Base { get; init; } = 1;

    /// <summary>For the middle block.</summary>
    public double Mid { get; init; } = 1;

    /// <summary>For the blocks on the way down, by number; 1 for those beyond the list.</summary>
    public IReadOnlyList<double> Inputs { get; init; } = [];

    /// <summary>For the blocks on the way up, by number; 1 for those beyond the list.</summary>
    public IReadOnlyList<double> Outputs { get; init; } = [];

    /// <summary>The factor of <c>input_blocks.n</c>.</summary>
    public double In(int block) => block < Inputs.Count ? Inputs[block] : 1;

    /// <summary>The factor of <c>output_blocks.n</c>.</summary>
    public double Out(int block) => block < Outputs.Count ? Outputs[block] : 1;

    /// <summary>Equal are those that have the same factor for every block.</summary>
    public bool Equals(BlockWeights? other) => other is not null && Numbers(other).SequenceEqual(other.Numbers(this));

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Base, In(0), Mid, Out(11));

    /// <summary>The factors as a tag takes them: base, inputs, middle, outputs.</summary>
    public override string ToString() => string.Join(',', Numbers(this).Select(weight => weight.ToString(CultureInfo.InvariantCulture)));

    /// <summary>Of SD1's blocks, and of as many more as either has.</summary>
    private IEnumerable<double> Numbers(BlockWeights other)
    {
        const int Sd1 = 12;
        var inputs = Math.Max(Sd1, Math.Max(Inputs.Count, other.Inputs.Count));
        var outputs = Math.Max(Sd1, Math.Max(Outputs.Count, other.Outputs.Count));
        return [Base, .. Enumerable.Range(0, inputs).Select(In), Mid, .. Enumerable.Range(0, outputs).Select(Out)];
    }
}
