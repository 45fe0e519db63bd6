using System.Text.RegularExpressions;

namespace LoraBridge.Diffusion.Text;

/// <summary>Warnings about tags: kinds that do nothing, places where they do nothing, and what only looks like one.</summary>
internal static partial class PromptTagCheck
{
    public static IEnumerable<PromptWarning> OfTags(ExtraNetworkTags tags)
    {
        var warnings = new List<PromptWarning>();
        tags.Loras(warnings);
        foreach (var tag in tags.Tags.Where(tag => !tag.IsLora))
        {
            warnings.Add(new(tag.Text, tag.Kind == "hypernet"
                ? $"The tag {tag.Text} was left out: hypernetworks are not supported."
                : $"The tag {tag.Text} was left out: '{tag.Kind}' is no kind of network; write <lora:name:weight>."));
        }
        warnings.AddRange(Scheduled(tags).Select(tag => new PromptWarning(tag.Text,
            $"The brackets around {tag.Text} do not schedule it: a tag is taken out first and acts in the whole run. Write start=, stop= inside it instead, such as <lora:name:1:start=0.5>.")));
        return warnings;
    }

    /// <summary>What is left of a prompt when its tags are gone, and still looks like a tag.</summary>
    public static IEnumerable<PromptWarning> OfTypos(string text)
    {
        foreach (Match match in Unclosed().Matches(text))
            yield return new(match.Value, $"'{match.Value}' is no tag and was read as text: write <lora:name:weight>, closed with '>'.");
        foreach (Match match in Bare().Matches(text))
            yield return new(match.Value, $"'{match.Value}' is no tag and was read as text: write it in angle brackets, <{match.Value}>.");
    }

    public static IEnumerable<PromptWarning> OfNegative(string negativePrompt) =>
        ExtraNetworkTags.Parse(negativePrompt).Tags.Where(tag => tag.IsLora || tag.Kind == "hypernet").Select(tag => new PromptWarning(tag.Text,
            $"The tag {tag.Text} in the negative prompt is plain text and loads nothing: write it in the prompt, with a negative weight to turn its effect round."));

    /// <summary>The tags that stood in a group that schedules or alternates.</summary>
    private static IEnumerable<ExtraNetworkTag> Scheduled(ExtraNetworkTags tags)
    {
        if (tags.Tags.Count == 0) yield break;
        var groups = ScheduleGroups.Read(tags.Prompt) ?? [];
        var (next, end) = (0, 0);
        foreach (var tag in tags.Tags)
        {
            // both are in the order of the text: no group is looked at twice
            for (; next < groups.Count && groups[next].Begin < tag.Position; next++) end = Math.Max(end, groups[next].End);
            if (tag.Position < end) yield return tag;
        }
    }

    [GeneratedRegex(@"<(?:lora|lyco)\b[^<>\n]{0,40}")]
    private static partial Regex Unclosed();

    [GeneratedRegex(@"(?<![\w<])(?:lora|lyco):[^\s:,<>()\[\]]+:[+-]?[\d.]+")]
    private static partial Regex Bare();
}
