using LoraBridge.Checkpoints.Naming;
using LoraBridge.Lora.Algorithms;
using LoraBridge.Lora.Formats;
using static TorchSharp.torch;

namespace LoraBridge.Lora.Tools;

/// <summary>What several adapters do to one layer together: Σ weight · D.</summary>
/// <param name="target">The layer.</param>
/// <param name="shape">Sizes of its weight.</param>
/// <param name="parts">Each adapter's module and its weight.</param>
internal sealed class LayerSum(ModuleName target, IReadOnlyList<long> shape, IReadOnlyList<(LoraModule Module, double Weight)> parts)
{
    /// <summary>The layer.</summary>
    public ModuleName Target => target;

    /// <summary>Sizes of its weight, (out, in), (out, in, k, k) or (C).</summary>
    public IReadOnlyList<long> Shape => shape;

    /// <summary>Whether the layer is a norm, whose weight is a vector.</summary>
    public bool IsNorm => shape.Count == 1;

    /// <summary>Whether it is a convolution with a kernel.</summary>
    public bool IsWide => shape is [_, _, > 1, _];

    /// <summary>Whether the layer's weight changes at all, and not its bias alone.</summary>
    public bool ChangesWeight => parts.Any(part => part.Module.ChangesWeight);

    /// <summary>The ranks of all parts together; null when a part has none.</summary>
    public long? Rank => parts.All(part => part.Module.Rank is not null) ? parts.Sum(part => part.Module.Rank) : null;

    /// <summary>Whether a module's D depends on the layer's own weight.</summary>
    public static bool NeedsBase(LoraModule module) => module.Tensors.Keys.Any(kind => kind
        is TensorKind.DoraScale or TensorKind.Ia3 or TensorKind.Replacement or TensorKind.GloraA1 or TensorKind.OftBlocks or TensorKind.OftRotations);

    /// <summary>The first part whose D depends on the layer's own weight; null when none does.</summary>
    public LoraModule? FirstThatNeedsBase => parts.Select(part => part.Module).FirstOrDefault(NeedsBase);

    /// <summary>The sum as thin factors with the ranks of all parts side by side, its factors of one size; null when a part has none.</summary>
    public ThinMatrix? Thin()
    {
        if (IsNorm || !parts.All(part => part.Module.IsThin || part.Module is LowRankModule)) return null;
        using var scope = NewDisposeScope();
        var sum = ThinMatrix.Sum([.. parts.Select(part => (Thin(part.Module).Balanced(), part.Weight))]);
        return new(sum.Up.MoveToOuterDisposeScope(), sum.Down.MoveToOuterDisposeScope());
    }

    /// <summary>The sum itself, of the layer's shape, in float32.</summary>
    /// <param name="weights">Gives the layer's own weight; null when there is no checkpoint to read it from.</param>
    public Tensor Whole(BaseCheckpoint? weights)
    {
        using var scope = NewDisposeScope();
        var weight = FirstThatNeedsBase is null ? zeros([.. shape]) : weights!.Weight(target);
        var sum = zeros([.. shape]);
        foreach (var (module, factor) in parts)
        {
            using var part = NewDisposeScope();
            if (module.ChangesWeight) sum.add_(module.WeightDifference(weight), factor);
        }
        return sum.MoveToOuterDisposeScope();
    }

    /// <summary>What is added to the layer's bias, (out) in float32; null for nothing.</summary>
    public Tensor? Bias()
    {
        using var scope = NewDisposeScope();
        Tensor? sum = null;
        foreach (var (module, factor) in parts)
            if (module.BiasDifference() is { } bias) sum = sum is null ? bias * factor : sum + bias * factor;
        return sum?.MoveToOuterDisposeScope();
    }

    private ThinMatrix Thin(LoraModule module)
    {
        if (module.Factors() is { } factors) return ThinMatrix.Of(factors);
        // with a bias of its own it has no thin form to act by, and is of low rank all the same
        var whole = module.WeightDifference(zeros([.. shape])).flatten(start_dim: 1).to(float64);
        var rank = (int)Math.Min(module.Rank!.Value, Math.Min(whole.shape[0], whole.shape[1]));
        return SingularFactors.Leading(whole, rank).Take(rank);
    }
}
