namespace LoraBridge.Diffusion.Text;

/// <summary>Factors for the blocks of a UNet, by which an adapter's weight is multiplied there.</summary>
public sealed record BlockWeights
{
    /// <summary>1 everywhere.</summary>
    public static BlockWeights All { get; } = new();

    /// <summary>For the text encoder, and what stands in no block.</summary>
    public double Base { get; init; } = 1;

    /// <summary>For the middle block.</summary>
    public double Mid { get; init; } = 1;

    /// <summary>For the blocks on the way down, by number.</summary>
    public IReadOnlyList<double> Inputs { get; init; } = [];

    /// <summary>For the blocks on the way up, by number.</summary>
    public IReadOnlyList<double> Outputs { get; init; } = [];

    /// <summary>The factor of a block on the way down.</summary>
    public double In(int block) => block < Inputs.Count ? Inputs[block] : 1;

    /// <summary>The factor of a block on the way up.</summary>
    public double Out(int block) => block < Outputs.Count ? Outputs[block] : 1;
}
