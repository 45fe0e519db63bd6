namespace LoraBridge.Lora.Formats;

/// <summary>What the shapes of an adapter's tensors tell of the shape of the weight that they change.</summary>
internal static class AdapterShapes
{
    /// <summary>The weight's shape, (out, in), (out, in, k, k) or (C); null where its tensors do not tell it.</summary>
    /// <param name="like">A weight of the same layer in a model of any width: whether it is a norm, and how large a kernel is.</param>
    /// <param name="shapeOf">The shape of a <see cref="TensorKind"/>; null where there is no such tensor.</param>
    public static IReadOnlyList<long>? Of(IReadOnlyList<long> like, Func<string, IReadOnlyList<long>?> shapeOf)
    {
        var whole = shapeOf(TensorKind.NormWeight) ?? shapeOf(TensorKind.NormBias) ?? shapeOf(TensorKind.Difference);
        if (whole is not null) return whole.Count == like.Count ? whole : null;
        if (like.Count == 1) return shapeOf(TensorKind.DifferenceOfBias) is [_] bias ? bias : null;
        var sides = LowRank(shapeOf, like) ?? Loha(shapeOf, like) ?? Lokr(shapeOf, like);
        return sides is { Out: > 0, In: > 0 } ? [sides.Value.Out, sides.Value.In, .. like.Skip(2)] : null;
    }

    private static (long Out, long In)? LowRank(Func<string, IReadOnlyList<long>?> shapeOf, IReadOnlyList<long> like) =>
        (shapeOf(TensorKind.Up), shapeOf(TensorKind.Down)) is ([var rows, ..], { Count: >= 2 } down)
            ? (rows, Columns(down) / (shapeOf(TensorKind.Mid) is null ? Kernel(like) : 1))
            : null;

    private static (long Out, long In)? Loha(Func<string, IReadOnlyList<long>?> shapeOf, IReadOnlyList<long> like)
    {
        if ((shapeOf(TensorKind.HadaW1A), shapeOf(TensorKind.HadaW1B)) is not ({ Count: >= 2 } left, { Count: >= 2 } right)) return null;
        return shapeOf(TensorKind.HadaT1) is null ? (left[0], Columns(right) / Kernel(like)) : (Columns(left), Columns(right));
    }

    private static (long Out, long In)? Lokr(Func<string, IReadOnlyList<long>?> shapeOf, IReadOnlyList<long> like)
    {
        var first = Factor(shapeOf(TensorKind.LokrW1), shapeOf(TensorKind.LokrW1A), shapeOf(TensorKind.LokrW1B), isTucker: false);
        var tucker = shapeOf(TensorKind.LokrT2) is not null;
        var second = Factor(shapeOf(TensorKind.LokrW2), shapeOf(TensorKind.LokrW2A), shapeOf(TensorKind.LokrW2B), tucker);
        return (first, second) is ({ } one, { } other) ? (one.Out * other.Out, one.In * (tucker ? other.In : other.In / Kernel(like))) : null;
    }

    // a side of the product, whole or as two factors; with a core the first of them stands upright
    private static (long Out, long In)? Factor(IReadOnlyList<long>? whole, IReadOnlyList<long>? left, IReadOnlyList<long>? right, bool isTucker) => (whole, left, right) switch
    {
        ({ Count: >= 2 }, _, _) => (whole[0], Columns(whole)),
        (null, { Count: >= 2 }, { Count: >= 2 }) => (isTucker ? Columns(left) : left[0], Columns(right)),
        _ => null,
    };

    private static long Columns(IReadOnlyList<long> shape) => shape.Skip(1).Aggregate(1L, (a, b) => a * b);

    private static long Kernel(IReadOnlyList<long> weight) => weight.Skip(2).Aggregate(1L, (a, b) => a * b);
}
