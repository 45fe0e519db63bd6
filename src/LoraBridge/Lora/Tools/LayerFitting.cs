using TorchSharp;
using static TorchSharp.torch;

namespace LoraBridge.Lora.Tools;

/// <summary>Puts summed layers into a new adapter, whole or at a chosen rank, and measures how well they fit.</summary>
/// <param name="adapter">The adapter in the making.</param>
/// <param name="rank">How the ranks of linear layers and 1x1 convolutions are chosen; null keeps all.</param>
/// <param name="convolutionRank">The same for convolutions with a kernel.</param>
/// <param name="weights">The checkpoint, for changes that depend on it.</param>
internal sealed class LayerFitting(NewAdapter adapter, RankChoice? rank, RankChoice? convolutionRank, BaseCheckpoint? weights)
{
    /// <summary>Adds the layers one after another.</summary>
    public FitReport Run(IReadOnlyList<LayerSum> layers, IProgress<ToolProgress>? progress, CancellationToken cancel)
    {
        var fits = new List<LayerFit>();
        foreach (var layer in layers.OrderBy(layer => adapter.Stem(layer.Target), StringComparer.Ordinal))
        {
            cancel.ThrowIfCancellationRequested();
            fits.Add(Add(layer));
            progress?.Report(new(fits.Count, layers.Count, fits[^1].Layer));
        }
        return new(fits);
    }

    private LayerFit Add(LayerSum layer)
    {
        using var scope = NewDisposeScope();
        var bias = layer.Bias();
        if (layer.ChangesWeight)
        {
            var choice = layer.IsWide ? convolutionRank ?? rank : rank;
            if (layer.Thin() is { } thin) return AddThin(layer, thin, choice, bias);
            if (choice is not null && !layer.IsNorm) return AddDecomposed(layer, choice, bias);
        }
        return AddWhole(layer, bias);
    }

    private LayerFit AddThin(LayerSum layer, ThinMatrix thin, RankChoice? choice, Tensor? bias)
    {
        var most = (int)Math.Min(thin.Rank, Math.Min(thin.Up.shape[0], thin.Down.shape[1]));
        var factors = thin;
        if (choice is not null || thin.Rank > most)
        {
            var singular = thin.Decompose();
            var count = choice?.Choose(singular.Values, singular.Norm) ?? most;
            if (count < thin.Rank) factors = singular.Take(count);
        }
        var stored = adapter.Add(layer.Target, factors, bias);
        var norm = thin.Norm();
        return new(adapter.Stem(layer.Target), layer.Rank, factors.Rank, norm, norm == 0 ? 0 : thin.DistanceTo(stored) / norm);
    }

    private LayerFit AddDecomposed(LayerSum layer, RankChoice choice, Tensor? bias)
    {
        var whole = layer.Whole(weights).flatten(start_dim: 1);                 // (out, in k k)
        var least = Math.Min(whole.shape[0], whole.shape[1]);
        var singular = choice.IsDynamic ? SingularFactors.Of(whole) : SingularFactors.Leading(whole, (int)Math.Min(choice.Most!.Value, least));
        var factors = singular.Take(choice.Choose(singular.Values, singular.Norm));
        var stored = adapter.Add(layer.Target, factors, bias);
        return new(adapter.Stem(layer.Target), layer.Rank, factors.Rank, singular.Norm, Error(whole, stored.Product()));
    }

    private LayerFit AddWhole(LayerSum layer, Tensor? bias)
    {
        var whole = layer.ChangesWeight ? layer.Whole(weights) : null;
        var stored = adapter.AddWhole(layer.Target, whole, bias);
        return whole is null
            ? new(adapter.Stem(layer.Target), layer.Rank, null, 0, 0)
            : new(adapter.Stem(layer.Target), layer.Rank, null, whole.to(float64).norm().ToDouble(), Error(whole, stored!));
    }

    private static double Error(Tensor whole, Tensor stored)
    {
        var exact = whole.to(float64);
        var norm = exact.norm().ToDouble();
        return norm == 0 ? 0 : (exact - stored).norm().ToDouble() / norm;
    }
}
