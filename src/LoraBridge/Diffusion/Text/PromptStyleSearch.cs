using System.Text.RegularExpressions;

namespace LoraBridge.Diffusion.Text;

/// <summary>Prompts with the styles that were found in them taken out.</summary>
/// <param name="Names">The styles, in the order in which applying them gives the prompts again.</param>
/// <param name="Prompt">What is left of the prompt.</param>
/// <param name="NegativePrompt">What is left of the negative prompt.</param>
public sealed partial record PromptStyleSearch(IReadOnlyList<string> Names, string Prompt, string NegativePrompt)
{
    /// <summary>Finds styles from the outside in: one is there when both of its texts are, where applying it last would have put them.</summary>
    public static PromptStyleSearch Find(PromptStyles styles, string prompt, string negativePrompt)
    {
        ArgumentNullException.ThrowIfNull(styles);
        ArgumentNullException.ThrowIfNull(prompt);
        ArgumentNullException.ThrowIfNull(negativePrompt);
        var left = styles.All.Where(style => style.Prompt.Length + style.NegativePrompt.Length > 0).ToList();
        var found = new List<string>();
        while (true)
        {
            string? innerPrompt = null, innerNegative = null;
            var style = left.Find(style => (innerPrompt = Inner(style.Prompt, prompt)) is not null && (innerNegative = Inner(style.NegativePrompt, negativePrompt)) is not null);
            if (style is null) break;
            (prompt, negativePrompt) = (innerPrompt!, innerNegative!);
            left.Remove(style);
            found.Insert(0, style.Name);
        }
        return new(found, prompt, negativePrompt);
    }

    // what the style's text stands around or behind; null where it does not
    private static string? Inner(string style, string text)
    {
        if (style.Length == 0) return text;
        var (wanted, plain) = (Single(style), Single(text));
        if (wanted.Split("{prompt}", 2) is [var before, var after])
        {
            var fits = plain.Length >= before.Length + after.Length && plain.StartsWith(before, StringComparison.Ordinal) && plain.EndsWith(after, StringComparison.Ordinal);
            return fits ? plain[before.Length..^after.Length] : null;
        }
        if (!plain.EndsWith(wanted, StringComparison.Ordinal)) return null;
        var rest = plain[..^wanted.Length];
        return rest.EndsWith(", ", StringComparison.Ordinal) ? rest[..^2] : rest;
    }

    private static string Single(string text) => Space().Replace(text.Trim(), " ");

    [GeneratedRegex(@"\s+")]
    private static partial Regex Space();
}
