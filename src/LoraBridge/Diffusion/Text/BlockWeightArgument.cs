using System.Globalization;

namespace LoraBridge.Diffusion.Text;

/// <summary>
/// Reads a tag's <c>blocks=</c> or <c>lbw=</c>: a list of 17 or 26 numbers, a preset such as <c>INALL</c>, or names with a weight,
/// <c>out*0,mid*0.5,in4-8*0.2</c>, where later ones win and the others stay at 1.
/// </summary>
internal static class BlockWeightArgument
{
    // places among all blocks of SD1
    private const int FirstIn = 1, MidIndex = 13, FirstOut = 14, Count = 26;

    /// <returns>Whether the argument makes sense; <paramref name="fault"/> says why not, and the cure.</returns>
    public static bool TryRead(string argument, out BlockWeights blocks, out string fault)
    {
        (blocks, fault) = (BlockWeights.All, "");
        var text = argument.Trim();
        if (BlockWeightLayout.Presets.TryGetValue(text, out var preset))
        {
            blocks = Weights(BlockWeightLayout.Sd1.Spread([.. BlockWeightLayout.Sd1.Blocks.Select(block => preset.Kept.Contains(block) ? preset.Weight : 0)]));
            return true;
        }
        var items = text.Split(',');
        double[]? weights;
        if (items.All(item => TryReadNumber(item, out _))) (weights, fault) = FromList(items);
        else (weights, fault) = FromNames(items);
        if (weights is not null) blocks = Weights(weights);
        return weights is not null;
    }

    private static BlockWeights Weights(double[] weights) =>
        new() { Base = weights[0], Inputs = weights[FirstIn..MidIndex], Mid = weights[MidIndex], Outputs = weights[FirstOut..] };

    private static (double[]? Weights, string Fault) FromList(string[] items)
    {
        var layout = BlockWeightLayout.All.FirstOrDefault(layout => layout.Blocks.Count == items.Length);
        if (layout is null) return (null, $"its list of block weights has {items.Length} numbers; write 17 ({string.Join(',', BlockWeightLayout.Sd1.Blocks)}) or 26 (BASE,IN00…IN11,M00,OUT00…OUT11)");
        if (!layout.IsSupported) return (null, $"its list of {items.Length} block weights is one for {layout.Use}; write 17 or 26 numbers for SD1");
        return (layout.Spread([.. items.Select(item => TryReadNumber(item, out var weight) ? weight : 0)]), "");
    }

    private static (double[]? Weights, string Fault) FromNames(string[] items)
    {
        double[] weights = [.. Enumerable.Repeat(1.0, Count)];
        foreach (var item in items)
        {
            var trimmed = item.Trim();
            var split = trimmed.LastIndexOfAny(['*', ' ']);
            if (split <= 0 || !TryReadNumber(trimmed[(split + 1)..], out var weight) || Range(trimmed[..split].TrimEnd('*', ' ')) is not { } range)
                return (null, $"its block weight '{trimmed}' is not understood; write 17 or 26 numbers, a preset ({string.Join(", ", BlockWeightLayout.Presets.Keys)}), or names such as in*0.5,in4-8*0.2,mid*1,out*0");
            weights.AsSpan(range.First, range.Last - range.First + 1).Fill(weight);
        }
        return (weights, "");
    }

    /// <returns>The blocks of <c>base</c>, <c>in</c>, <c>IN04</c>, <c>in4-8</c>, <c>mid</c>, <c>out11</c> or <c>all</c>; null when there are none.</returns>
    private static (int First, int Last)? Range(string name)
    {
        var digits = name.AsSpan().IndexOfAnyInRange('0', '9');
        var stage = (digits < 0 ? name : name[..digits]).ToUpperInvariant();
        var numbers = digits < 0 ? "" : name[digits..];
        switch (stage)
        {
            case "ALL" when digits < 0:
                return (0, Count - 1);
            case "BASE" or "TE" or "TEXT" when digits < 0:
                return (0, 0);
            case "M" or "MID" when numbers is "" or "0" or "00":
                return (MidIndex, MidIndex);
            case "IN" or "OUT":
                var begin = stage == "IN" ? FirstIn : FirstOut;
                if (digits < 0) return (begin, begin + 11);
                var ends = numbers.Split('-');
                if (ends.Length > 2 || !TryReadBlock(ends[0], out var first) || !TryReadBlock(ends[^1], out var last) || first > last) return null;
                return (begin + first, begin + last);
            default:
                return null;
        }

        // IN04-IN08 as well as IN04-08
        bool TryReadBlock(string text, out int block) =>
            int.TryParse(text.StartsWith(stage, StringComparison.OrdinalIgnoreCase) ? text[stage.Length..] : text, NumberStyles.None, CultureInfo.InvariantCulture, out block) && block <= 11;
    }

    private static bool TryReadNumber(string text, out double weight) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out weight) && double.IsFinite(weight);
}
