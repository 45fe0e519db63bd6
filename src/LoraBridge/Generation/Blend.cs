using LoraBridge.Diffusion.Text;

namespace LoraBridge.Generation;

/// <summary>A mixture of adapters by name, to be looked at beside others.</summary>
public sealed record Blend
{
    /// <summary>The adapters with their weights; those of the prompt's tags come on top.</summary>
    public IReadOnlyList<LoraTag> Loras { get; init; } = [];

    /// <summary>What stands over the picture; null for the adapters' names and weights.</summary>
    public string? Label { get; init; }

    /// <summary>The label, or what the adapters say.</summary>
    public string Title => Label ?? (Loras.Count == 0 ? "base model" : string.Join(" + ", Loras.Select(Describe)));

    private static string Describe(LoraTag tag) => FormattableString.Invariant(tag.TextWeight == tag.UNetWeight
        ? (FormattableString)$"{tag.Name} {tag.UNetWeight:0.##}"
        : $"{tag.Name} {tag.UNetWeight:0.##} (text {tag.TextWeight:0.##})");
}

/// <summary>Blends of one or two adapters at several weights, in the order of a table's cells.</summary>
public static class BlendGrid
{
    /// <summary>Every weight of one adapter with every weight of another: a row for each of the second's.</summary>
    /// <param name="across">The adapter whose weight grows from left to right.</param>
    /// <param name="acrossWeights">Its weights.</param>
    /// <param name="down">The adapter whose weight grows downwards.</param>
    /// <param name="downWeights">Its weights.</param>
    /// <returns>The cells row by row; an adapter of weight 0 is left out of its blend.</returns>
    public static IReadOnlyList<Blend> Of(string across, IReadOnlyList<double> acrossWeights, string down, IReadOnlyList<double> downWeights) =>
        [.. from y in downWeights from x in acrossWeights select new Blend { Loras = [.. Cell((across, x), (down, y))] }];

    /// <summary>One adapter at several weights.</summary>
    public static IReadOnlyList<Blend> Of(string name, IReadOnlyList<double> weights) =>
        [.. weights.Select(weight => new Blend { Loras = [.. Cell((name, weight))] })];

    private static IEnumerable<LoraTag> Cell(params (string Name, double Weight)[] adapters) =>
        adapters.Where(adapter => adapter.Weight != 0).Select(adapter => new LoraTag(adapter.Name, adapter.Weight, adapter.Weight, null));
}
