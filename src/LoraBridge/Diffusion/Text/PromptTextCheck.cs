using System.Globalization;
using System.Text.RegularExpressions;

namespace LoraBridge.Diffusion.Text;

/// <summary>Warnings about the rest of the prompt language: schedules, weights and words that are no longer what they seem.</summary>
internal static partial class PromptTextCheck
{
    // enough for every text of a schedule to come up, and few enough to read them all
    private static readonly ScheduleSteps s_steps = new() { Steps = 20 };

    /// <summary>A number at the end of a prompt without AND is easily written by chance, as in "16:9".</summary>
    public static IEnumerable<PromptWarning> OfWeights(IReadOnlyList<PromptPart> parts)
    {
        if (parts is [{ Weight: not 1 and var weight }])
            yield return new(string.Create(CultureInfo.InvariantCulture, $":{weight}"), string.Create(CultureInfo.InvariantCulture, $"The number after the last colon is the weight of the whole prompt and multiplies its guidance by {weight}: write something behind it if it belongs to the text."));
    }

    /// <param name="text">A part of a prompt, without tags and AND.</param>
    /// <param name="hasSecondPass">Whether fractions above 1 have a meaning.</param>
    public static IEnumerable<PromptWarning> OfPart(string text, bool hasSecondPass)
    {
        foreach (var warning in OfSchedule(text, hasSecondPass)) yield return warning;
        foreach (Match match in WeightClose().Matches(text))
        {
            if (!PromptCharacters.TryReadDecimal(match.Groups[1].ValueSpan, out _))
                yield return new(match.Value, $"The weight in '{match.Value}' is not a number, so it was read as text: write one such as (word:1.2).");
        }
        if (HoldsBracketedBreak(text))
            yield return new("BREAK", "BREAK inside brackets starts no chunk and was read as a word: close the brackets before it and open them again after it.");
    }

    public static IEnumerable<PromptWarning> OfNegative(string text, bool hasSecondPass)
    {
        if (PromptCharacters.FindWord(text, 0, "AND") >= 0)
            yield return new("AND", "AND in the negative prompt is a plain word: only the prompt can be composed. Write a comma, or move the part into the prompt with a negative weight.");
        foreach (var warning in OfPart(text, hasSecondPass)) yield return warning;
    }

    private static IEnumerable<PromptWarning> OfSchedule(string text, bool hasSecondPass)
    {
        var groups = ScheduleGroups.Find(text, out var fault);
        if (fault == ScheduleFault.BackslashAtTheEnd && groups.Count > 0)
            yield return new("\\", @"Nothing in this prompt is scheduled, because a backslash stands at the end of a line or of the prompt: remove it, or write \\ for one.");
        if (fault == ScheduleFault.StrayBar && (groups.Count > 0 || MeantGroup().IsMatch(text)))
            yield return new("|", @"Nothing in this prompt is scheduled or alternated, because a '|' stands outside a complete [a|b]: remove it, complete the brackets, or write \|.");
        if (fault != ScheduleFault.None || hasSecondPass) yield break;
        foreach (var group in groups.Where(group => !group.IsAlternation && group.HasDot && group.Number > 1))
        {
            var subject = text[group.Begin..group.End];
            yield return new(subject, $"'{subject}' never switches: numbers with a dot are fractions of the run, and only a second pass reaches beyond 1. Write a step without a dot, or (word:1.2) with round brackets for a weight.");
        }
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
