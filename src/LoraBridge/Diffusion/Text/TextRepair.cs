using System.Text;

namespace LoraBridge.Diffusion.Text;

/// <summary>
/// Repairs text the way CLIP's captions were repaired: entities, misread UTF-8, ligatures, full and half width forms,
/// curly quotes, line breaks, control characters, composition. What is plain ASCII stays as it is but for its control characters.
/// </summary>
internal static class TextRepair
{
    // each round undoes one layer, such as text that was misread twice
    private const int MaxRounds = 8;

    public static string Repair(string text)
    {
        for (var round = 0; round < MaxRounds; round++)
        {
            var before = text;
            // text with tags keeps its entities: there they are meant
            if (!text.Contains('<')) text = HtmlEntities.UnescapeComplete(text);
            text = Mojibake.Repair(text);
            text = Characters(WithoutTerminalColours(text));
            text = text.Normalize(NormalizationForm.FormC);
            if (text == before) break;
        }
        return text;
    }

    private static string Characters(string text)
    {
        var result = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            var c = text[i];
            if (char.IsSurrogate(c))
            {
                if (i + 1 < text.Length && char.IsSurrogatePair(c, text[i + 1])) result.Append(c).Append(text[++i]);
                else result.Append('\uFFFD');
            }
            else if (Ligature(c) is { } letters) result.Append(letters);
            else if (c is '\u3000') result.Append(' ');
            else if (c is >= '\uFF01' and <= '\uFFEF') result.Append(c.ToString().Normalize(NormalizationForm.FormKC));
            else if (c is '\u02BC' or (>= '\u2018' and <= '\u201B')) result.Append('\'');
            else if (c is >= '\u201C' and <= '\u201F') result.Append('"');
            else if (c is '\u2028' or '\u2029') result.Append('\n');
            else if (c is >= '\u0080' and <= '\u009F') result.Append(Windows1252.Character((byte)c));
            else if (!IsStray(c)) result.Append(c);
        }
        return result.ToString();
    }

    /// <returns>The letters of a character that joins two or three; null for any other.</returns>
    private static string? Ligature(char c) => c switch
    {
        '\u0132' => "IJ",
        '\u0133' => "ij",
        '\u0149' => "'n",
        '\u01C4' => "D\u017D",
        '\u01C5' => "D\u017E",
        '\u01C6' => "d\u017E",
        '\u01C7' => "LJ",
        '\u01C8' => "Lj",
        '\u01C9' => "lj",
        '\u01CA' => "NJ",
        '\u01CB' => "Nj",
        '\u01CC' => "nj",
        '\u01F1' => "DZ",
        '\u01F2' => "Dz",
        '\u01F3' => "dz",
        '\uFB00' => "ff",
        '\uFB01' => "fi",
        '\uFB02' => "fl",
        '\uFB03' => "ffi",
        '\uFB04' => "ffl",
        '\uFB05' => "\u017Ft",
        '\uFB06' => "st",
        _ => null,
    };

    /// <summary>Control characters that are no white space, marks of deprecated formatting, byte order marks, interlinear marks.</summary>
    private static bool IsStray(char c) =>
        c is <= '\u0008' or '\u000B' or (>= '\u000E' and <= '\u001F') or '\u007F' or (>= '\u206A' and <= '\u206F') or '\uFEFF' or (>= '\uFFF9' and <= '\uFFFC');

    /// <summary>Drops the escape sequences that set a terminal's colour: ESC [ numbers m.</summary>
    private static string WithoutTerminalColours(string text)
    {
        if (!text.Contains('\u001B')) return text;
        var result = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            var end = i + 2;
            if (text.AsSpan(i).StartsWith("\u001B[", StringComparison.Ordinal))
            {
                while (end < text.Length && (char.IsAsciiDigit(text[end]) || text[end] == ';')) end++;
                if (end < text.Length && text[end] is ('m' or 'K'))
                {
                    i = end;
                    continue;
                }
            }
            result.Append(text[i]);
        }
        return result.ToString();
    }
}
