using System.Text.RegularExpressions;

namespace LoraBridge.Diffusion.Text;

/// <summary>Warnings about the rest of the prompt language: schedules, weights and words that are no longer what they seem.</summary>
internal static partial class PromptTextCheck
{
    // enough for every text of a schedule to come up, and few enough to read them all
    private static readonly ScheduleSteps s_steps = new() { Steps = 20 };

    /// <param name="text">A part of a prompt, without tags and AND.</param>
    public static IEnumerable<PromptWarning> OfPart(string text)
    {
        if (OfSchedule(text) is { } unscheduled) yield return unscheduled;
        foreach (Match match in WeightClose().Matches(text))
        {
            if (!PromptCharacters.TryReadDecimal(match.Groups[1].ValueSpan, out _))
                yield return new(match.Value, $"The weight in '{match.Value}' is not a number, so it was read as text: write one such as (word:1.2).");
        }
        if (HoldsBracketedBreak(text))
            yield return new("BREAK", "BREAK inside brackets starts no chunk and was read as a word: close the brackets before it and open them again after it.");
    }

    public static IEnumerable<PromptWarning> OfNegative(string text)
    {
        if (PromptCharacters.FindWord(text, 0, "AND") >= 0)
            yield return new("AND", "AND in the negative prompt is a plain word: only the prompt can be composed. Write a comma, or move the part into the prompt with a negative weight.");
        foreach (var warning in OfPart(text)) yield return warning;
    }

    private static PromptWarning? OfSchedule(string text)
    {
        var groups = ScheduleGroups.Find(text, out var fault);
        return fault switch
        {
            ScheduleFault.BackslashAtTheEnd when groups.Count > 0 => new("\\", @"Nothing in this prompt is scheduled, because a backslash stands at the end of a line or of the prompt: remove it, or write \\ for one."),
            ScheduleFault.StrayBar when groups.Count > 0 || MeantGroup().IsMatch(text) => new("|", @"Nothing in this prompt is scheduled or alternated, because a '|' stands outside a complete [a|b]: remove it, complete the brackets, or write \|."),
            _ => null,
        };
    }

    private static bool HoldsBracketedBreak(string text) =>
        PromptCharacters.FindWord(text, 0, "BREAK") >= 0
        && PromptSchedule.Parse(text, s_steps).Select(entry => entry.Text).Distinct(StringComparer.Ordinal)
            .SelectMany(entry => PromptAttention.Parse(entry))
            .Any(piece => !piece.IsBreak && PromptCharacters.FindWord(piece.Text, 0, "BREAK") >= 0);

    // square brackets with a bar or a colon in them
    [GeneratedRegex(@"\[[^\[\]|:]*[|:][^\[\]]*\]")]
    private static partial Regex MeantGroup();

    // a colon, a run of signs, digits and dots, and a closing bracket
    [GeneratedRegex(@":\s*([+-]?[.\d]+)\s*\)")]
    private static partial Regex WeightClose();
}
