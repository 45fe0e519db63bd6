namespace LoraBridge.Lora.Tools;

/// <summary>How a layer of a written file compares with the change that it stands for.</summary>
/// <param name="Layer">What the file calls the layer.</param>
/// <param name="RankBefore">The rank, or the sum of ranks, that it was made from; null where there was none.</param>
/// <param name="Rank">The rank written; null for a difference written whole.</param>
/// <param name="Norm">‖D‖ of the change as it should be.</param>
/// <param name="Error">‖D − written‖ / ‖D‖, measured on the numbers as they are stored, their rounding included.</param>
public sealed record LayerFit(string Layer, long? RankBefore, long? Rank, double Norm, double Error)
{
    /// <summary>The share of ‖D‖² that the written layer holds.</summary>
    public double Kept => Math.Max(0, 1 - Error * Error);
}

/// <summary>All layers of a written file beside what they stand for.</summary>
/// <param name="Layers">In the order of the file's names.</param>
public sealed record FitReport(IReadOnlyList<LayerFit> Layers)
{
    /// <summary>The root of the sum of all ‖D‖².</summary>
    public double Norm => Math.Sqrt(Layers.Sum(layer => layer.Norm * layer.Norm));

    /// <summary>The error of the whole, relative to <see cref="Norm"/>.</summary>
    public double Error => Norm == 0 ? 0 : Math.Sqrt(Layers.Sum(layer => Math.Pow(layer.Error * layer.Norm, 2))) / Norm;

    /// <summary>The layer that fits worst; null without layers.</summary>
    public LayerFit? Worst => Layers.MaxBy(layer => layer.Error);

    /// <summary>The smallest rank written; null when none has a rank.</summary>
    public long? LeastRank => Layers.Min(layer => layer.Rank);

    /// <summary>The largest rank written; null when none has a rank.</summary>
    public long? GreatestRank => Layers.Max(layer => layer.Rank);
}
