using LoraBridge.Diffusion.Text;

namespace EmojiDiffusion.Training;

/// <summary>The tokens that captions have, numbered without gaps: only their rows of the table are trained, which is one in thirty.</summary>
internal sealed class UsedTokens
{
    /// <summary>Tokens in a row, start, end and padding included.</summary>
    public const int Length = 77;

    private readonly ClipTokenizer _tokenizer;
    private readonly Dictionary<int, long> _rows;

    /// <param name="tokenizer">CLIP's.</param>
    /// <param name="texts">Texts that together hold every word of the captions.</param>
    public UsedTokens(ClipTokenizer tokenizer, IEnumerable<string> texts)
    {
        _tokenizer = tokenizer;
        Ids = [.. texts.SelectMany(tokenizer.Encode).Append(ClipVocabulary.StartToken).Append(ClipVocabulary.EndToken).Distinct().Order()];
        _rows = Ids.Index().ToDictionary(pair => pair.Item, pair => (long)pair.Index);
    }

    /// <summary>The vocabulary's numbers of the tokens, in the order of the table's rows.</summary>
    public IReadOnlyList<int> Ids { get; }

    /// <summary>Writes a caption's row: start, tokens, end, and ends up to <see cref="Length"/>.</summary>
    /// <returns>Where the first end stands.</returns>
    /// <exception cref="KeyNotFoundException">The caption has a token that the texts had not.</exception>
    public int Write(string caption, Span<long> row)
    {
        var tokens = _tokenizer.Encode(caption);
        row.Fill(_rows[ClipVocabulary.EndToken]);
        row[0] = _rows[ClipVocabulary.StartToken];
        var count = Math.Min(tokens.Count, Length - 2);
        for (var i = 0; i < count; i++)
        {
            row[i + 1] = _rows.TryGetValue(tokens[i], out var at) ? at
                : throw new KeyNotFoundException($"The caption '{caption}' has the token {tokens[i]}, which is not trained: add its words to the captions' list.");
        }
        return count + 1;
    }
}
