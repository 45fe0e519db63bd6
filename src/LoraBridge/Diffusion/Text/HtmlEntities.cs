using System.Globalization;
using System.Net;
using System.Text;

namespace LoraBridge.Diffusion.Text;

/// <summary>
/// HTML's character references as Python's <c>html.unescape</c> reads them: numbers with or without a semicolon, and names.
/// Known names are HTML 4's and the few that are also known in capitals; the Latin-1 ones need no semicolon.
/// </summary>
internal static class HtmlEntities
{
    private const int LongestName = 32;
    private const int LongestComplete = 24;

    private static readonly HashSet<string> Capitals = new(StringComparer.Ordinal) { "AMP", "LT", "GT", "QUOT", "COPY", "REG" };

    /// <summary>Replaces every reference, also those that want their semicolon.</summary>
    public static string Unescape(string text) => Unescape(text, complete: false);

    /// <summary>Replaces the references that end in a semicolon.</summary>
    public static string UnescapeComplete(string text) => Unescape(text, complete: true);

    private static string Unescape(string text, bool complete)
    {
        var next = text.IndexOf('&');
        if (next < 0) return text;

        var result = new StringBuilder(text.Length);
        var done = 0;
        while (next >= 0)
        {
            result.Append(text, done, next - done);
            var length = 0;
            if (!complete || IsComplete(text.AsSpan(next + 1))) length = Reference(text.AsSpan(next), result);
            if (length == 0) result.Append('&');
            done = next + Math.Max(length, 1);
            next = text.IndexOf('&', done);
        }
        return result.Append(text, done, text.Length - done).ToString();
    }

    private static bool IsComplete(ReadOnlySpan<char> text)
    {
        var begin = text.StartsWith("#", StringComparison.Ordinal) ? 1 : 0;
        var end = begin;
        while (end < text.Length && char.IsAsciiLetterOrDigit(text[end])) end++;
        return end > begin && end - begin <= LongestComplete && end < text.Length && text[end] == ';';
    }

    /// <returns>The characters that were read from an ampersand on; 0 when it begins no reference.</returns>
    private static int Reference(ReadOnlySpan<char> text, StringBuilder result) =>
        text.Length > 1 && text[1] == '#' ? Number(text, result) : Name(text, result);

    private static int Number(ReadOnlySpan<char> text, StringBuilder result)
    {
        var hex = text.Length > 2 && text[2] is ('x' or 'X');
        var begin = hex ? 3 : 2;
        var end = begin;
        var value = 0;
        while (end < text.Length && (hex ? char.IsAsciiHexDigit(text[end]) : char.IsAsciiDigit(text[end])))
        {
            var digit = int.Parse(text.Slice(end++, 1), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            value = Math.Min(value * (hex ? 16 : 10) + digit, 0x110000);
        }
        if (end == begin) return 0;

        result.Append(Character(value));
        return end < text.Length && text[end] == ';' ? end + 1 : end;
    }

    private static string Character(int value)
    {
        if (value == 0 || value > 0x10FFFF || value is >= 0xD800 and <= 0xDFFF) return "\uFFFD";
        if (value == 0x0D) return "\r";
        if (value is >= 0x80 and <= 0x9F) return Windows1252.Character((byte)value).ToString();
        var control = value is < 0x20 and not ('\t' or '\n' or '\f') or 0x7F;
        var noncharacter = value is >= 0xFDD0 and <= 0xFDEF || (value & 0xFFFE) == 0xFFFE;
        return control || noncharacter ? "" : char.ConvertFromUtf32(value);
    }

    private static int Name(ReadOnlySpan<char> text, StringBuilder result)
    {
        var end = 1;
        while (end < text.Length && end <= LongestName && text[end] is not ('\t' or '\n' or '\f' or ' ' or '<' or '&' or '#' or ';')) end++;
        var name = text[1..end].ToString();
        if (end < text.Length && text[end] == ';' && Known(name) is { } known)
        {
            result.Append(known);
            return end + 1;
        }
        // without a semicolon the longest name that does not need one
        for (var length = name.Length; length > 1; length--)
        {
            if (Known(name[..length]) is not { } character || !NeedsNoSemicolon(character)) continue;
            result.Append(character);
            return 1 + length;
        }
        return 0;
    }

    private static string? Known(string name)
    {
        if (name is "lang") return "\u27E8";                                // HTML 5 moved these two
        if (name is "rang") return "\u27E9";
        if (name.Length is < 2 or > LongestName || !char.IsAsciiLetter(name[0])) return null;
        var reference = $"&{(Capitals.Contains(name) ? name.ToLowerInvariant() : name)};";
        var character = WebUtility.HtmlDecode(reference);
        return character == reference ? null : character;
    }

    private static bool NeedsNoSemicolon(string character) => character[0] is '&' or '<' or '>' or '"' or (>= '\u00A0' and <= '\u00FF');
}
