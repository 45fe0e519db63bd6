using LoraBridge.Checkpoints.Naming;

namespace LoraBridge.Training.Network;

/// <summary>What shall be trained at one layer.</summary>
/// <param name="Layer">The layer.</param>
/// <param name="Stem">Its name in adapter files.</param>
/// <param name="Role">What it is for.</param>
/// <param name="Shape">Its weight, (out, in), (out, in, k, k) or (C).</param>
/// <param name="Block">Its block's index among the UNet's; null for what stands in none.</param>
/// <param name="Rank">r; without meaning for algorithms that have none.</param>
/// <param name="Scale">The factor on the change: alpha / r, with rank stabilisation alpha / √r.</param>
internal sealed record LayerPlan(ModuleName Layer, string Stem, LayerRole Role, IReadOnlyList<long> Shape, int? Block, int Rank, double Scale)
{
    /// <summary>Whether it is a norm, whose weight is a vector.</summary>
    public bool IsNorm => Shape.Count == 1;

    /// <summary>Positions of the kernel; 1 for what has none.</summary>
    public long Kernel => Shape.Skip(2).Aggregate(1L, (a, b) => a * b);
}
