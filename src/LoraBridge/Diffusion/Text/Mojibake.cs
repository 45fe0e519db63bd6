using System.Text;

namespace LoraBridge.Diffusion.Text;

/// <summary>
/// Finds UTF-8 that was read as Windows-1252 ("schÃ¶n") and reads it again, sequence by sequence. A sequence counts only when
/// it is unlikely to be meant: legitimate text has such runs too, an accented capital before a quotation mark for one.
/// </summary>
internal static class Mojibake
{
    public static string Repair(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange('\u00C2', '\u00F4')) return text;

        var result = new StringBuilder(text.Length);
        Span<byte> bytes = stackalloc byte[4];
        for (var i = 0; i < text.Length;)
        {
            var length = Sequence(text, i, bytes);
            if (length > 0 && Rune.DecodeFromUtf8(bytes[..length], out var rune, out var read) == System.Buffers.OperationStatus.Done && read == length)
            {
                result.Append(rune.ToString());
                i += length;
            }
            else
            {
                result.Append(text[i++]);
            }
        }
        return result.ToString();
    }

    /// <returns>How many characters from <paramref name="index"/> on look like the bytes of one misread character; 0 for none.</returns>
    private static int Sequence(string text, int index, Span<byte> bytes)
    {
        var lead = text[index];
        var length = lead switch
        {
            >= '\u00C2' and <= '\u00DF' => 2,
            >= '\u00E0' and <= '\u00EF' => 3,
            >= '\u00F0' and <= '\u00F4' => 4,
            _ => 0,
        };
        if (length == 0 || index + length > text.Length) return 0;

        bytes[0] = (byte)lead;
        var meant = 0;
        for (var i = 1; i < length; i++)
        {
            var value = Windows1252.Byte(text[index + i]);
            if (value is < 0x80 or > 0xBF) return 0;
            bytes[i] = (byte)value;
            if (IsPunctuation(text[index + i])) meant++;
        }
        return length > 2 ? (meant < length - 1 ? length : 0) : IsUnlikelyPair(text, index, meant > 0) ? 2 : 0;
    }

    private static bool IsUnlikelyPair(string text, int index, bool meant)
    {
        var lead = text[index];
        if (lead is '\u00D7' or '\u00DF') return false;                     // a product, a word's last ß
        var afterCapital = index > 0 && char.IsUpper(text[index - 1]);
        return lead is '\u00C2' or '\u00C3' ? !(meant && afterCapital) : !meant && !afterCapital;
    }

    /// <summary>What stands after an accented letter in good text: quotation marks, dashes, dots.</summary>
    private static bool IsPunctuation(char c) =>
        c is '\u2018' or '\u2019' or '\u201A' or '\u201C' or '\u201D' or '\u201E' or '\u2026' or '\u2013' or '\u2014' or '\u2039' or '\u203A'
            or '\u2022' or '\u2122' or '\u00AB' or '\u00BB' or '\u00B7' or '\u00A0' or '\u00AD' or '\u00AE' or '\u00A9' or '\u00B0';
}
