using System.Globalization;
using System.Text;

namespace LoraBridge.Diffusion.Text;

/// <summary>Letters, white space and numbers as the prompt language means them: those of Python's regular expressions.</summary>
internal static class PromptCharacters
{
    /// <summary>Letters and numbers of any script and the underscore; unlike .NET's, combining marks are none.</summary>
    public static bool IsWord(Rune rune) => rune.Value == '_' || Rune.IsLetter(rune) || IsNumber(rune);

    public static bool IsSpace(char c) => char.IsWhiteSpace(c) || c is >= '\u001C' and <= '\u001F';

    /// <summary>Whether the word stands at <paramref name="index"/> with no word character on either side.</summary>
    public static bool IsWholeWord(ReadOnlySpan<char> text, int index, string word) =>
        text[index..].StartsWith(word, StringComparison.Ordinal)
        && !(Rune.DecodeLastFromUtf16(text[..index], out var before, out _) == System.Buffers.OperationStatus.Done && IsWord(before))
        && !(Rune.DecodeFromUtf16(text[(index + word.Length)..], out var after, out _) == System.Buffers.OperationStatus.Done && IsWord(after));

    /// <returns>Where the word stands next as a whole word, from <paramref name="start"/> on; -1 when nowhere.</returns>
    public static int FindWord(ReadOnlySpan<char> text, int start, string word)
    {
        while (start <= text.Length)
        {
            var found = text[start..].IndexOf(word, StringComparison.Ordinal);
            if (found < 0) return -1;
            if (IsWholeWord(text, start + found, word)) return start + found;
            start += found + 1;
        }
        return -1;
    }

    /// <summary>Reads an optional sign, digits of any script and at most one dot; no exponent, no spaces.</summary>
    public static bool TryReadDecimal(ReadOnlySpan<char> text, out double value)
    {
        value = 0;
        var digits = new StringBuilder(text.Length);
        foreach (var c in text)
        {
            if (c is '.' || (digits.Length == 0 && c is '+' or '-')) digits.Append(c);
            else if (IsDigit(c)) digits.Append((char)('0' + CharUnicodeInfo.GetDecimalDigitValue(c)));
            else return false;
        }
        return double.TryParse(digits.ToString(), NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out value);
    }

    public static bool IsDigit(char c) => CharUnicodeInfo.GetUnicodeCategory(c) == UnicodeCategory.DecimalDigitNumber;

    private static bool IsNumber(Rune rune) =>
        Rune.GetUnicodeCategory(rune) is UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber;
}
