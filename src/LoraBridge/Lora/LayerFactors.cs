using static TorchSharp.torch;

namespace LoraBridge.Lora;

/// <summary>The low-rank parts of a layer side by side, so that several adapters cost two products and not two each.</summary>
internal sealed class LayerFactors : IDisposable
{
    private readonly int[] _partOfRank;

    private LayerFactors(Tensor down, Tensor up, int[] partOfRank)
    {
        Down = down;
        Up = up;
        _partOfRank = partOfRank;
    }

    /// <summary>(R, in) or (R, in, k, k), R the sum of the ranks.</summary>
    public Tensor Down { get; }

    /// <summary>(out, R), scales multiplied in.</summary>
    public Tensor Up { get; }

    /// <summary>R, the sum of the ranks.</summary>
    public int Ranks => _partOfRank.Length;

    /// <summary>Collects the parts that are products of thin matrices.</summary>
    /// <param name="parts">The parts of a layer.</param>
    /// <param name="weightShape">Sizes of the layer's weight.</param>
    /// <param name="type">The type to compute in.</param>
    /// <param name="dense">The other parts' numbers.</param>
    /// <returns>Null when no part is such a product.</returns>
    public static LayerFactors? Of(IReadOnlyList<LayerPart> parts, long[] weightShape, ScalarType type, out List<int> dense)
    {
        using var scope = NewDisposeScope();
        var (downs, ups, partOfRank) = (new List<Tensor>(), new List<Tensor>(), new List<int>());
        dense = [];
        for (var i = 0; i < parts.Count; i++)
        {
            if (parts[i].Module.Factors(parts[i].DynamicRank) is { } factors)
            {
                // files have 1x1 convolutions as matrices and the other way round
                downs.Add(factors.Down.reshape([factors.Down.shape[0], .. weightShape[1..]]));
                ups.Add(factors.Up);
                partOfRank.AddRange(Enumerable.Repeat(i, (int)factors.Down.shape[0]));
            }
            else if (parts[i].Module.ChangesWeight || parts[i].Module.ChangesBias)
            {
                dense.Add(i);
            }
        }
        if (downs.Count == 0) return null;
        return new(cat(downs, dim: 0).to(type).DetachFromDisposeScope(), cat(ups, dim: 1).to(type).DetachFromDisposeScope(), [.. partOfRank]);
    }

    /// <summary>The parts' weights, repeated for each of their ranks.</summary>
    /// <param name="weights">A weight for every part.</param>
    public IEnumerable<float> OfRanks(double[] weights) => _partOfRank.Select(part => (float)weights[part]);

    /// <inheritdoc/>
    public void Dispose()
    {
        Down.Dispose();
        Up.Dispose();
    }
}
