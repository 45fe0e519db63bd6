using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;

namespace LoraBridge.Diffusion.Text;

/// <summary>How weights in a prompt act.</summary>
public enum EmphasisMode
{
    /// <summary>Weights scale the states, which are then rescaled so that their mean is what it was.</summary>
    Original,

    /// <summary>Weights scale the states.</summary>
    NoNorm,

    /// <summary>Weights are read and have no effect.</summary>
    Ignore,

    /// <summary>Brackets, weights and BREAK are plain text.</summary>
    None,
}

/// <summary>A run of prompt text with one weight.</summary>
/// <param name="Text">The text, escapes resolved.</param>
/// <param name="Weight">The factor of its tokens; -1 with the text BREAK is a chunk break.</param>
public sealed record AttentionPiece(string Text, double Weight)
{
    internal static readonly AttentionPiece Break = new("BREAK", -1);

    /// <summary>Whether the piece is no text but the end of a chunk.</summary>
    public bool IsBreak => this == Break;
}

/// <summary>Reads a prompt's brackets: <c>(x)</c> is stronger by 1.1, <c>[x]</c> weaker by 1.1, <c>(x:1.3)</c> has a weight.</summary>
public static class PromptAttention
{
    private const double RoundFactor = 1.1;
    private const double SquareFactor = 1 / 1.1;

    private static readonly SearchValues<char> Special = SearchValues.Create(@"\()[]:");

    /// <summary>Cuts a prompt into weighted pieces; there is always at least one. Never throws: what is no valid bracket is text.</summary>
    public static IReadOnlyList<AttentionPiece> Parse(string prompt, EmphasisMode mode = EmphasisMode.Original)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        if (mode == EmphasisMode.None) return [new(prompt, 1)];

        var pieces = Merge(Read(prompt));
        if (mode != EmphasisMode.Ignore) return pieces;
        return [.. pieces.Select(piece => piece.IsBreak ? piece : piece with { Weight = 1 })];
    }

    private static List<(string Text, double Weight)> Read(string prompt)
    {
        var pieces = new List<(string Text, double Weight)>();
        var round = new Stack<int>();
        var square = new Stack<int>();
        for (var i = 0; i < prompt.Length;)
        {
            var begin = i;
            var weight = 0.0;
            switch (prompt[i])
            {
                case '\\':
                    i++;
                    // a backslash hides a bracket or itself, before anything else it disappears
                    if (i < prompt.Length && prompt[i] is '(' or ')' or '[' or ']' or '\\') i++;
                    pieces.Add((prompt[(begin + 1)..i], 1));
                    continue;
                case '(':
                    round.Push(pieces.Count);
                    i++;
                    continue;
                case '[':
                    square.Push(pieces.Count);
                    i++;
                    continue;
                case ')' when round.Count > 0:
                    Scale(pieces, round.Pop(), RoundFactor);
                    i++;
                    continue;
                case ']' when square.Count > 0:
                    Scale(pieces, square.Pop(), SquareFactor);
                    i++;
                    continue;
                case ':' when WeightEnd(prompt, i, out weight) is > 0 and var end:
                    i = end;
                    if (round.Count == 0) break;
                    Scale(pieces, round.Pop(), weight);
                    continue;
                case ':' or ')' or ']':
                    i++;
                    break;
                default:
                    var next = prompt.AsSpan(i).IndexOfAny(Special);
                    i = next < 0 ? prompt.Length : i + next;
                    break;
            }
            AddText(pieces, prompt[begin..i]);
        }
        // what is left open ends with the prompt, the outermost first
        foreach (var start in round.Reverse()) Scale(pieces, start, RoundFactor);
        foreach (var start in square.Reverse()) Scale(pieces, start, SquareFactor);
        return pieces;
    }

    /// <returns>The index after a weight and its closing bracket, <c>: 1.3 )</c>; 0 when there is none or its number is malformed.</returns>
    private static int WeightEnd(string prompt, int colon, out double weight)
    {
        var begin = SkipSpace(prompt, colon + 1);
        var end = begin;
        if (end < prompt.Length && prompt[end] is '+' or '-') end++;
        while (end < prompt.Length && (prompt[end] == '.' || PromptCharacters.IsDigit(prompt[end]))) end++;
        var close = SkipSpace(prompt, end);
        weight = 0;
        var isWeight = close < prompt.Length && prompt[close] == ')' && PromptCharacters.TryReadDecimal(prompt.AsSpan(begin, end - begin), out weight);
        return isWeight ? close + 1 : 0;
    }

    private static int SkipSpace(string text, int index)
    {
        while (index < text.Length && PromptCharacters.IsSpace(text[index])) index++;
        return index;
    }

    private static void AddText(List<(string Text, double Weight)> pieces, string text)
    {
        var begin = 0;
        for (var found = NextBreak(0); found >= 0; found = NextBreak(begin))
        {
            var end = found;
            while (end > begin && PromptCharacters.IsSpace(text[end - 1])) end--;
            pieces.Add((text[begin..end], 1));
            pieces.Add((AttentionPiece.Break.Text, AttentionPiece.Break.Weight));
            begin = found + AttentionPiece.Break.Text.Length;
            while (begin < text.Length && PromptCharacters.IsSpace(text[begin])) begin++;
        }
        pieces.Add((text[begin..], 1));

        int NextBreak(int start) => PromptCharacters.FindWord(text, start, AttentionPiece.Break.Text);
    }

    private static void Scale(List<(string Text, double Weight)> pieces, int start, double factor)
    {
        // a break inside brackets is scaled too, and so is no break any more: the word is read
        foreach (ref var piece in CollectionsMarshal.AsSpan(pieces)[start..]) piece.Weight *= factor;
    }

    private static List<AttentionPiece> Merge(List<(string Text, double Weight)> pieces)
    {
        var merged = new List<AttentionPiece>();
        var text = new StringBuilder();
        for (var i = 0; i < pieces.Count; i++)
        {
            text.Append(pieces[i].Text);
            if (i + 1 < pieces.Count && pieces[i + 1].Weight == pieces[i].Weight) continue;
            merged.Add(new(text.ToString(), pieces[i].Weight));
            text.Clear();
        }
        if (merged.Count == 0) merged.Add(new("", 1));
        return merged;
    }
}
