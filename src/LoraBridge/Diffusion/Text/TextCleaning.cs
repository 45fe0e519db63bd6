using System.Buffers;
using System.Globalization;
using System.Text;

namespace LoraBridge.Diffusion.Text;

/// <summary>What CLIP does to text before it looks for words: repairs, HTML entities twice, single spaces, lower case.</summary>
internal static class TextCleaning
{
    public static string Clean(string text)
    {
        var repaired = TextRepair.Repair(text);
        var unescaped = HtmlEntities.Unescape(HtmlEntities.Unescape(repaired));
        return Lower(Collapse(unescaped));
    }

    private static string Collapse(string text)
    {
        var result = new StringBuilder(text.Length);
        foreach (var c in text)
        {
            if (!char.IsWhiteSpace(c)) result.Append(c);
            else if (result.Length > 0 && result[^1] != ' ') result.Append(' ');
        }
        if (result.Length > 0 && result[^1] == ' ') result.Length--;
        return result.ToString();
    }

    /// <summary>Full lower-casing: the dotted capital I becomes two characters, a capital sigma that ends a word the final one.</summary>
    private static string Lower(string text)
    {
        var lower = text.ToLowerInvariant();
        if (!text.AsSpan().ContainsAny('\u0130', '\u03A3')) return lower;

        var result = new StringBuilder(lower.Length + 1);
        for (var i = 0; i < text.Length; i++)
        {
            switch (text[i])
            {
                case '\u0130': result.Append("i\u0307"); break;
                case '\u03A3': result.Append(EndsWord(text, i) ? '\u03C2' : '\u03C3'); break;
                default: result.Append(lower[i]); break;
            }
        }
        return result.ToString();
    }

    /// <summary>Whether a cased letter stands before and none after, marks and the like passed over.</summary>
    private static bool EndsWord(ReadOnlySpan<char> text, int index)
    {
        var before = text[..index];
        var rune = default(Rune);
        while (Rune.DecodeLastFromUtf16(before, out rune, out var length) == OperationStatus.Done && IsCaseIgnorable(rune)) before = before[..^length];
        if (before.IsEmpty || !IsCased(rune)) return false;

        var after = text[(index + 1)..];
        while (Rune.DecodeFromUtf16(after, out rune, out var length) == OperationStatus.Done && IsCaseIgnorable(rune)) after = after[length..];
        return after.IsEmpty || !IsCased(rune);
    }

    private static bool IsCased(Rune rune) =>
        Rune.GetUnicodeCategory(rune) is UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter
        || rune.Value is 0xAA or 0xBA or (>= 0x2160 and <= 0x217F) or (>= 0x24B6 and <= 0x24E9);

    private static bool IsCaseIgnorable(Rune rune) =>
        Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark or UnicodeCategory.Format
            or UnicodeCategory.ModifierLetter or UnicodeCategory.ModifierSymbol
        || rune.Value is '\'' or '.' or ':' or 0xB7 or 0x2018 or 0x2019 or 0x2024 or 0x2027;
}
