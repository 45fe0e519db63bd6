using static TorchSharp.torch;

namespace LoraBridge.Diffusion.Text;

/// <summary>Applies the weights of tokens to the text encoder's states.</summary>
public static class Emphasis
{
    /// <summary>Scales each token's state; Original then rescales everything by one factor so that the mean is what it was.</summary>
    /// <param name="states">One chunk of every text that is encoded together, (B, 77, D).</param>
    /// <param name="weights">Each text's weights, B times 77.</param>
    /// <param name="mode">How weights act.</param>
    /// <param name="counts">How often each text counts in the mean; null for once each.</param>
    /// <returns>(B, 77, D), float32.</returns>
    public static Tensor Apply(Tensor states, IReadOnlyList<IReadOnlyList<double>> weights, EmphasisMode mode, IReadOnlyList<int>? counts = null)
    {
        ArgumentNullException.ThrowIfNull(states);
        ArgumentNullException.ThrowIfNull(weights);
        var (rows, tokens) = (states.shape[0], states.shape[1]);
        if (weights.Count != rows || weights.Any(row => row.Count != tokens))
            throw new ArgumentException($"The weights must be {rows} rows of {tokens}, one for each token.", nameof(weights));

        using var scope = NewDisposeScope();
        var plain = states.to(ScalarType.Float32);                              // (B, 77, D)
        var acts = mode is EmphasisMode.Original or EmphasisMode.NoNorm;
        if (!acts || weights.All(row => row.All(weight => weight == 1))) return Leave(plain, states);

        float[] flat = [.. weights.SelectMany(row => row).Select(weight => (float)weight)];
        var factors = tensor(flat, [rows, tokens, 1], dtype: ScalarType.Float32, device: states.device);
        var scaled = plain * factors;                                           // (B, 77, D)
        if (mode == EmphasisMode.NoNorm) return scaled.MoveToOuterDisposeScope();

        var total = (float)(counts?.Sum() ?? rows);
        float[] share = [.. Enumerable.Range(0, (int)rows).Select(row => (counts?[row] ?? 1) / total)];
        var shares = tensor(share, [rows], dtype: ScalarType.Float32, device: states.device);
        var before = (plain.mean([1, 2]) * shares).sum();                       // a scalar that stays on the device
        var after = (scaled.mean([1, 2]) * shares).sum();
        return (scaled * (before / after)).MoveToOuterDisposeScope();
    }

    /// <summary>A conversion to the type a tensor has is the tensor itself, which its owner would dispose.</summary>
    private static Tensor Leave(Tensor converted, Tensor original) =>
        (ReferenceEquals(converted, original) ? original.alias() : converted).MoveToOuterDisposeScope();
}
