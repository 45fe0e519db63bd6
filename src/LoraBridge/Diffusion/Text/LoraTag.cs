using System.Globalization;

namespace LoraBridge.Diffusion.Text;

/// <summary>What a LoRA tag asks for.</summary>
/// <param name="Name">The LoRA's file name without extension, or its alias; case counts.</param>
/// <param name="TextWeight">The weight in the text encoder: <c>te=</c>, else the second argument, else 1.</param>
/// <param name="UNetWeight">The weight in the UNet: <c>unet=</c>, else the third argument, else <paramref name="TextWeight"/>.</param>
/// <param name="DynamicRank">How many ranks of up and down to use: <c>dyn=</c>, else the fourth argument; null for all.</param>
public sealed record LoraTag(string Name, double TextWeight, double UNetWeight, int? DynamicRank)
{
    /// <summary>How the weight goes during a run.</summary>
    public WeightSchedule Schedule { get; init; } = WeightSchedule.Constant;

    /// <summary>Factors by block of the UNet.</summary>
    public BlockWeights Blocks { get; init; } = BlockWeights.All;

    /// <returns>The tag's LoRA; null, and a warning added, when an argument is malformed.</returns>
    internal static LoraTag? Read(ExtraNetworkTag tag, ICollection<PromptWarning> warnings)
    {
        if (tag.Positional.Count == 0 || tag.Positional[0].Length == 0) return Drop("it has no name; write <lora:name:weight>");

        var (text, unet, rank) = (Argument("te", 1), Argument("unet", 2), Argument("dyn", 3));
        if (!TryReadWeight(text, 1, out var textWeight)) return Drop($"its text encoder weight '{text}' is not a number; write one such as 0.8");
        if (!TryReadWeight(unet, textWeight, out var unetWeight)) return Drop($"its UNet weight '{unet}' is not a number; write one such as 0.8");
        if (rank is null) return new(tag.Positional[0], textWeight, unetWeight, null);
        return int.TryParse(rank, NumberStyles.Integer, CultureInfo.InvariantCulture, out var dynamicRank) && dynamicRank > 0
            ? new(tag.Positional[0], textWeight, unetWeight, dynamicRank)
            : Drop($"its dynamic rank '{rank}' is not a positive whole number; write one or leave it out");

        string? Argument(string name, int position) =>
            tag.Named.GetValueOrDefault(name) ?? (tag.Positional.Count > position ? tag.Positional[position] : null);

        LoraTag? Drop(string reason)
        {
            warnings.Add(new(tag.Text, $"The tag {tag.Text} was left out: {reason}."));
            return null;
        }
    }

    private static bool TryReadWeight(string? text, double otherwise, out double weight)
    {
        weight = otherwise;
        return text is null || (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out weight) && double.IsFinite(weight));
    }
}
