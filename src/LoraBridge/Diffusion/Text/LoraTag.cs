using System.Globalization;

namespace LoraBridge.Diffusion.Text;

/// <summary>What a LoRA tag asks for.</summary>
/// <param name="Name">The LoRA's file name without extension, or its alias; case counts.</param>
/// <param name="TextWeight">The weight in the text encoder: <c>te=</c>, else the second argument, else 1.</param>
/// <param name="UNetWeight">The weight in the UNet: <c>unet=</c>, else the third argument, else <paramref name="TextWeight"/>.</param>
/// <param name="DynamicRank">How many ranks of up and down to use: <c>dyn=</c>, else the fourth argument; null for all.</param>
public sealed record LoraTag(string Name, double TextWeight, double UNetWeight, int? DynamicRank)
{
    private static readonly string[] s_known = ["te", "unet", "dyn", .. WeightSchedule.ArgumentNames, "blocks", "lbw"];

    /// <summary>When the LoRA acts; on the UNet's weight, for the text encoder has read the prompt before the run begins.</summary>
    public WeightSchedule Schedule { get; init; } = WeightSchedule.Constant;

    /// <summary>Factors of both weights by block.</summary>
    public BlockWeights Blocks { get; init; } = BlockWeights.All;

    /// <returns>The tag's LoRA; null, and a warning added, when an argument is malformed. An unknown argument only gives a warning.</returns>
    internal static LoraTag? Read(ExtraNetworkTag tag, ICollection<PromptWarning> warnings)
    {
        if (tag.Positional.Count == 0 || tag.Positional[0].Length == 0) return Drop("it has no name; write <lora:name:weight>");

        var (text, unet, rank) = (Argument("te", 1), Argument("unet", 2), Argument("dyn", 3));
        if (!TryReadWeight(text, 1, out var textWeight)) return Drop(NotANumber("text encoder weight", text!));
        if (!TryReadWeight(unet, textWeight, out var unetWeight)) return Drop(NotANumber("UNet weight", unet!));
        int? dynamicRank = null;
        if (rank is not null)
        {
            if (!int.TryParse(rank, NumberStyles.Integer, CultureInfo.InvariantCulture, out var parsed) || parsed < 1)
                return Drop($"its dynamic rank '{rank}' is not a positive whole number; write one or leave it out");
            dynamicRank = parsed;
        }
        if (!WeightSchedule.TryRead(tag.Named, out var schedule, out var fault)) return Drop(fault);
        var blocks = BlockWeights.All;
        if ((tag.Named.GetValueOrDefault("blocks") ?? tag.Named.GetValueOrDefault("lbw")) is { } list && !BlockWeightArgument.TryRead(list, out blocks, out fault)) return Drop(fault);

        WarnOfWhatIsIgnored(tag, warnings);
        return new(tag.Positional[0], textWeight, unetWeight, dynamicRank) { Schedule = schedule, Blocks = blocks };

        string? Argument(string name, int position) =>
            tag.Named.GetValueOrDefault(name) ?? (tag.Positional.Count > position ? tag.Positional[position] : null);

        LoraTag? Drop(string reason)
        {
            warnings.Add(new(tag.Text, $"The tag {tag.Text} was left out: {reason}."));
            return null;
        }
    }

    private static string NotANumber(string argument, string text)
    {
        var cure = text.Contains('=') ? "an argument has one '=', and block names take their weight with '*', as in blocks=in*0.5"
            : text.Contains(',') || BlockWeightLayout.Presets.ContainsKey(text.Trim()) ? $"weights by block are an argument of their own, blocks={text}"
            : "write one such as 0.8";
        return $"its {argument} '{text}' is not a number; {cure}";
    }

    private static void WarnOfWhatIsIgnored(ExtraNetworkTag tag, ICollection<PromptWarning> warnings)
    {
        foreach (var name in tag.Named.Keys.Where(name => !s_known.Contains(name)))
            warnings.Add(new(tag.Text, $"The argument '{name}=' of the tag {tag.Text} is unknown and was ignored; known are {string.Join(", ", s_known)}."));
        if (tag.Named.ContainsKey("blocks") && tag.Named.ContainsKey("lbw"))
            warnings.Add(new(tag.Text, $"The tag {tag.Text} has block weights twice: 'blocks=' was taken, 'lbw=' ignored; leave one out."));
        if (tag.Positional.Count > 4)
            warnings.Add(new(tag.Text, $"The argument '{tag.Positional[4]}' of the tag {tag.Text} was ignored: after name, text encoder weight, UNet weight and dynamic rank all have a name, such as start=0.5."));
    }

    private static bool TryReadWeight(string? text, double otherwise, out double weight)
    {
        weight = otherwise;
        return text is null || (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out weight) && double.IsFinite(weight));
    }
}
