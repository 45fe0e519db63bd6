namespace LoraBridge.Diffusion.Text;

/// <summary>A part of a composed prompt.</summary>
/// <param name="Text">Its text; leading white space is kept.</param>
/// <param name="Weight">The factor of its guidance; negative steers away.</param>
public sealed record PromptPart(string Text, double Weight);

/// <summary>Splits a positive prompt at the word AND into parts that guide separately, each with a weight from <c>: number</c> at its end.</summary>
public static class ComposedPrompt
{
    private const string And = "AND";

    /// <summary>The parts, at least one; a prompt without AND may have a weight too.</summary>
    public static IReadOnlyList<PromptPart> Parse(string prompt)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        var parts = new List<PromptPart>();
        var begin = 0;
        for (var and = Next(0); and >= 0; and = Next(begin))
        {
            parts.Add(Part(prompt.AsSpan(begin, and - begin)));
            begin = and + And.Length;
        }
        parts.Add(Part(prompt.AsSpan(begin)));
        return parts;

        int Next(int start) => PromptCharacters.FindWord(prompt, start, And);
    }

    private static PromptPart Part(ReadOnlySpan<char> text)
    {
        text = TrimEnd(text);
        var number = text.Length;
        while (number > 0 && (text[number - 1] == '.' || PromptCharacters.IsDigit(text[number - 1]))) number--;
        if (number > 0 && text[number - 1] is '+' or '-') number--;
        var before = TrimEnd(text[..number]);
        return before is [.., ':'] && PromptCharacters.TryReadDecimal(text[number..], out var weight)
            ? new(TrimEnd(before[..^1]).ToString(), weight)
            : new(text.ToString(), 1);
    }

    private static ReadOnlySpan<char> TrimEnd(ReadOnlySpan<char> text)
    {
        while (text.Length > 0 && PromptCharacters.IsSpace(text[^1])) text = text[..^1];
        return text;
    }
}
