using System.Text;

namespace LoraBridge.Diffusion.Text;

/// <summary>Something in a prompt that has no effect, and why.</summary>
/// <param name="Subject">The text that was dropped, as it was written.</param>
/// <param name="Reason">Why, and what to write instead.</param>
public sealed record PromptWarning(string Subject, string Reason);

/// <summary>A tag such as <c>&lt;lora:name:0.8&gt;</c>.</summary>
/// <param name="Kind">The word before the first colon.</param>
/// <param name="Positional">The arguments without exactly one <c>=</c>, in order.</param>
/// <param name="Named">The others; the last of a name wins.</param>
/// <param name="Text">The whole tag.</param>
public sealed record ExtraNetworkTag(string Kind, IReadOnlyList<string> Positional, IReadOnlyDictionary<string, string> Named, string Text)
{
    /// <summary>Whether the tag names a LoRA: <c>lora</c> or its old name <c>lyco</c>.</summary>
    public bool IsLora => Kind is "lora" or "lyco";

    /// <summary>Where the tag stood, as a place in the prompt without its tags.</summary>
    internal int Position { get; init; }

    internal static ExtraNetworkTag Parse(string kind, string arguments, string text)
    {
        var positional = new List<string>();
        var named = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var argument in arguments.Split(':'))
        {
            var parts = argument.Split('=');
            if (parts.Length == 2) named[parts[0]] = parts[1];
            else positional.Add(argument);
        }
        return new(kind, positional, named, text);
    }
}

/// <summary>Finds and removes the tags of a prompt; there is no escape, and brackets do not protect one.</summary>
/// <param name="Prompt">The prompt without its tags, what stood on both sides joined.</param>
/// <param name="Tags">The tags in order, unknown kinds too.</param>
public sealed record ExtraNetworkTags(string Prompt, IReadOnlyList<ExtraNetworkTag> Tags)
{
    /// <summary>Takes the tags out of a prompt.</summary>
    public static ExtraNetworkTags Parse(string prompt)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        var text = new StringBuilder(prompt.Length);
        var tags = new List<ExtraNetworkTag>();
        var done = 0;
        for (var begin = prompt.IndexOf('<'); begin >= 0; begin = NextOpener(begin, done))
        {
            var colon = WordEnd(prompt, begin + 1);
            if (colon == begin + 1 || colon >= prompt.Length || prompt[colon] != ':') continue;
            var close = prompt.IndexOf('>', colon + 1);
            if (close < 0) break;                                           // nor does any later tag end
            if (close == colon + 1) continue;

            text.Append(prompt, done, begin - done);
            tags.Add(ExtraNetworkTag.Parse(prompt[(begin + 1)..colon], prompt[(colon + 1)..close], prompt[begin..(close + 1)]) with { Position = text.Length });
            done = close + 1;
        }
        return new(text.Append(prompt, done, prompt.Length - done).ToString(), tags);

        int NextOpener(int begin, int end) => prompt.IndexOf('<', Math.Max(begin + 1, end));
    }

    /// <summary>The LoRAs that the tags ask for, in order; a tag with a malformed argument is dropped with a warning, the others stay.</summary>
    public IReadOnlyList<LoraTag> Loras(ICollection<PromptWarning> warnings)
    {
        ArgumentNullException.ThrowIfNull(warnings);
        return [.. Tags.Where(tag => tag.IsLora).Select(tag => LoraTag.Read(tag, warnings)).OfType<LoraTag>()];
    }

    private static int WordEnd(string text, int index)
    {
        while (index < text.Length)
        {
            _ = Rune.DecodeFromUtf16(text.AsSpan(index), out var rune, out var length);
            if (!PromptCharacters.IsWord(rune)) break;
            index += length;
        }
        return index;
    }
}
