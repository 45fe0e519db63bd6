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

/// <summary>Which blends shall be looked at.</summary>
public sealed record BlendPreviewRequest
{
    /// <summary>The prompt, the seed and all else; every blend is drawn with the seed of its first picture, so its count and batch size do not matter.</summary>
    public TextToImageRequest Picture { get; init; } = new();

    /// <summary>The blends, a picture for each.</summary>
    public IReadOnlyList<Blend> Blends { get; init; } = [];

    /// <summary>Pictures side by side on the sheet; null for about as many as there are rows.</summary>
    public int? Columns { get; init; }

    /// <summary>Pictures denoised together; null for as many as sixteen of 256 x 256 have pixels.</summary>
    public int? PicturesAtOnce { get; init; }
}

/// <summary>Blends to look at.</summary>
/// <param name="Sheet">All pictures with their labels.</param>
/// <param name="Images">A picture for each blend, in their order; its infotext gives the blend as tags.</param>
/// <param name="Warnings">What had no effect, and why.</param>
public sealed record BlendPreview(GeneratedImage Sheet, IReadOnlyList<GeneratedImage> Images, IReadOnlyList<PromptWarning> Warnings);
