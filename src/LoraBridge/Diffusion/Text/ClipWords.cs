using System.Globalization;
using System.Text;

namespace LoraBridge.Diffusion.Text;

/// <summary>
/// Cuts cleaned text into CLIP's words: the two specials, English contractions, runs of letters, single digits,
/// runs of anything else; white space separates and is dropped.
/// </summary>
internal ref struct ClipWords(ReadOnlySpan<char> text)
{
    private static readonly string[] Fixed = ["<|startoftext|>", "<|endoftext|>", "'s", "'t", "'re", "'ve", "'m", "'ll", "'d"];

    private readonly ReadOnlySpan<char> _text = text;
    private int _begin;
    private int _end;

    private enum Kind
    {
        Space,
        Letter,
        Number,
        Other,
    }

    public readonly ReadOnlySpan<char> Current => _text[_begin.._end];

    public readonly ClipWords GetEnumerator() => this;

    public bool MoveNext()
    {
        _begin = _end;
        while (_begin < _text.Length && KindAt(_begin, out var length) == Kind.Space) _begin += length;
        if (_begin == _text.Length) return false;

        _end = End();
        return true;
    }

    private readonly int End()
    {
        var rest = _text[_begin..];
        if (rest[0] is '<' or '\'')
        {
            foreach (var word in Fixed)
            {
                if (rest.StartsWith(word, StringComparison.Ordinal)) return _begin + word.Length;
            }
            // CLIP's pattern ignores case, and the long s is an s there
            if (rest.StartsWith("'\u017F", StringComparison.Ordinal)) return _begin + 2;
        }

        var kind = KindAt(_begin, out var length);
        var end = _begin + length;
        if (kind == Kind.Number) return end;
        while (end < _text.Length && KindAt(end, out length) == kind) end += length;
        return end;
    }

    private readonly Kind KindAt(int index, out int length)
    {
        var c = _text[index];
        if (char.IsAscii(c))
        {
            length = 1;
            return char.IsAsciiLetter(c) ? Kind.Letter : char.IsAsciiDigit(c) ? Kind.Number : char.IsWhiteSpace(c) ? Kind.Space : Kind.Other;
        }
        _ = Rune.DecodeFromUtf16(_text[index..], out var rune, out length);
        if (Rune.IsWhiteSpace(rune)) return Kind.Space;
        return Rune.GetUnicodeCategory(rune) switch
        {
            UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter
                or UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter => Kind.Letter,
            UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => Kind.Number,
            _ => Kind.Other,
        };
    }
}
