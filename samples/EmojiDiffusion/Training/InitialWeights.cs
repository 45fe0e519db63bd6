using static TorchSharp.torch;

namespace EmojiDiffusion.Training;

/// <summary>What networks begin with.</summary>
internal static class InitialWeights
{
    // what ends a block begins at zero, so that the block begins as nothing beside its skip connection
    private static readonly string[] s_zero = [".out_layers.3.weight", ".proj_out.weight", "out.2.weight"];

    // of the autoencoder's last convolution the second half gives log variances: noise begins small, or channels that are not in use yet stay unused
    private const string NoiseName = "quant_conv";
    private const double FirstLogVariance = -6;

    /// <summary>The first value of a parameter, float32 on the CPU, from torch's generator.</summary>
    /// <param name="name">Its name in the network.</param>
    /// <param name="shape">Its shape.</param>
    /// <param name="zeroEnds">Whether layers that end a block begin at zero.</param>
    public static Tensor Of(string name, long[] shape, bool zeroEnds)
    {
        if (name == $"{NoiseName}.bias") return cat([zeros(shape[0] / 2, dtype: float32), full(shape[0] / 2, FirstLogVariance, dtype: float32)]);
        if (shape.Length == 1) return name.EndsWith(".weight", StringComparison.Ordinal) ? ones(shape, dtype: float32) : zeros(shape, dtype: float32);
        if (zeroEnds && s_zero.Any(end => name.EndsWith(end, StringComparison.Ordinal))) return zeros(shape, dtype: float32);
        using var scope = NewDisposeScope();
        var values = name.Contains("embedding.", StringComparison.Ordinal)
            ? randn(shape, dtype: float32).mul_(0.02)
            : rand(shape, dtype: float32).sub_(0.5).mul_(2 / Math.Sqrt(shape[1..].Aggregate(1L, (product, size) => product * size)));
        return values.MoveToOuterDisposeScope();
    }
}
