namespace LoraBridge.Lora.Tools;

/// <summary>Draws conclusions from measured layers.</summary>
internal static class InspectionVerdict
{
    /// <summary>Weights of such models have singular values of 1 to 100: what moves an input by less is not seen.</summary>
    private const double FaintValue = 1e-3;

    /// <summary>With a checkpoint at hand: a change smaller than this share of the weights is not seen.</summary>
    private const double FaintShare = 1e-4;

    /// <summary>Whether the adapter does anything, and the sentence that says so.</summary>
    public static (Verdict Verdict, string Conclusion) Of(IReadOnlyList<LayerInspection> layers, LoraReport report)
    {
        var damaged = layers.Count(layer => !layer.IsFinite);
        if (damaged > 0 || report.NonFiniteKeys.Count > 0)
            return (Verdict.Damaged, $"It is damaged: {Count(Math.Max(damaged, 1), layers)} hold NaN or infinity, and pictures made with it would be black or noise.");
        if (layers.Count == 0) return (Verdict.DoesNothing, "It has no layer that this model has.");
        if (layers.All(layer => layer.IsZero))
            return (Verdict.DoesNothing, "It does nothing: every change is zero, as before the first step of a training.");
        if (IsFaint(layers))
            return (Verdict.Faint, "It does next to nothing: its changes are too small for a picture to show them.");
        var zero = layers.Count(layer => layer.IsZero);
        return zero > 0
            ? (Verdict.WorksInPart, $"It works, but {Count(zero, layers)} change nothing{Where(layers)}.")
            : (Verdict.Works, $"It works: all {layers.Count} layers are changed.");
    }

    /// <summary>What its owner might do.</summary>
    public static IReadOnlyList<string> Advice(IReadOnlyList<LayerInspection> layers, HashState hash)
    {
        var advice = new List<string>();
        var ranked = layers.Where(layer => layer is { Rank: > 1, Spectrum: not null, IsZero: false }).ToArray();
        if (ranked.Length > 0)
        {
            var rank = ranked.Max(layer => layer.Rank!.Value);
            var used = ranked.Max(layer => layer.Spectrum!.Used);
            if (used <= rank * 0.75) advice.Add($"No layer uses more than {used} of {rank} ranks: it can be resized to {used} and lose less than 1 % in any direction.");
        }
        if (hash == HashState.Mismatch) advice.Add("The hash in its metadata is not that of its data: another program changed the file. Converting it writes the right one.");
        foreach (var note in layers.SelectMany(layer => layer.Notes).GroupBy(note => note))
            advice.Add($"{Count(note.Count(), layers)}: {note.Key}.");
        return advice;
    }

    private static bool IsFaint(IReadOnlyList<LayerInspection> layers)
    {
        var relative = layers.Where(layer => layer.RelativeNorm is not null).Select(layer => layer.RelativeNorm!.Value).ToArray();
        if (relative.Length > 0) return relative.Max() < FaintShare;
        // without singular values (norms, biases, what depends on the checkpoint) nothing is said
        return layers.All(layer => layer.IsZero || layer.Spectrum is not null) && layers.Max(layer => layer.Spectrum?.Largest ?? 0) < FaintValue;
    }

    private static string Where(IReadOnlyList<LayerInspection> layers)
    {
        var blocks = layers.GroupBy(layer => layer.Block).Where(block => block.All(layer => layer.IsZero)).Select(block => block.Key).ToArray();
        if (blocks.Length is 0 or > 6) return "";
        var last = layers.Where(layer => layer.Block.StartsWith("TE", StringComparison.Ordinal)).Select(layer => layer.Block).Max(StringComparer.Ordinal);
        var skip = blocks.Contains(last) ? "; the text encoder's last layers stay untrained with clip skip 2" : "";
        return $" (all of {string.Join(", ", blocks)}{skip})";
    }

    private static string Count(int some, IReadOnlyList<LayerInspection> layers) =>
        some == layers.Count ? $"all {some} layers" : some == 1 ? $"1 of {layers.Count} layers" : $"{some} of {layers.Count} layers";
}
