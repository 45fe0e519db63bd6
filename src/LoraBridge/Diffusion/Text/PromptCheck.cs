using System.Globalization;

namespace LoraBridge.Diffusion.Text;

/// <summary>Says what in a pair of prompts has no effect, or another than its writer may think. It changes nothing and never throws.</summary>
public static class PromptCheck
{
    /// <summary>The warnings, each once; those of malformed tags are the ones that <see cref="ExtraNetworkTags.Loras"/> gives.</summary>
    /// <param name="prompt">The positive prompt, styles applied and comments removed, with its tags.</param>
    /// <param name="negativePrompt">The negative prompt, likewise.</param>
    /// <param name="hasSecondPass">Whether a second, larger pass follows, in which fractions of 1 to 2 switch.</param>
    public static IReadOnlyList<PromptWarning> Warnings(string prompt, string negativePrompt, bool hasSecondPass = false)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        ArgumentNullException.ThrowIfNull(negativePrompt);
        var tags = ExtraNetworkTags.Parse(prompt);
        var parts = ComposedPrompt.Parse(tags.Prompt);
        IEnumerable<PromptWarning> warnings =
        [
            .. PromptTagCheck.OfTags(tags),
            .. PromptTagCheck.OfTypos(tags.Prompt),
            .. PromptTextCheck.OfWeights(parts),
            .. parts.SelectMany(part => PromptTextCheck.OfPart(part.Text, hasSecondPass)),
            .. PromptTagCheck.OfNegative(negativePrompt),
            .. PromptTextCheck.OfNegative(negativePrompt, hasSecondPass),
        ];
        return [.. warnings.Distinct()];
    }

    /// <summary>A warning for every LoRA that more than one tag names: each mention takes the weights of the last, as in the WebUI.</summary>
    /// <param name="loras">The LoRAs of a prompt, in order.</param>
    public static IReadOnlyList<PromptWarning> Repeats(IEnumerable<LoraTag> loras)
    {
        ArgumentNullException.ThrowIfNull(loras);
        return [.. loras.GroupBy(lora => lora.Name, StringComparer.Ordinal).Where(group => group.Count() > 1).Select(Warning)];

        static PromptWarning Warning(IGrouping<string, LoraTag> group)
        {
            var (count, last) = (group.Count(), group.Last());
            return new($"<lora:{group.Key}", string.Create(CultureInfo.InvariantCulture,
                $"The LoRA '{group.Key}' is named {count} times. As in the WebUI each mention takes the last one's weights, {last.TextWeight} and {last.UNetWeight}, and together they act {count} times as strongly: name it once, with the weight you want."));
        }
    }
}
