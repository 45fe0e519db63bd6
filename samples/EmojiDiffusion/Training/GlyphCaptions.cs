using EmojiDiffusion.Data;

namespace EmojiDiffusion.Training;

/// <summary>Glyphs with captions, drawn by chance that is a function of the step.</summary>
/// <param name="Glyphs">G glyphs.</param>
/// <param name="Tokens">The tokens of all captions.</param>
internal sealed record GlyphCaptions(IReadOnlyList<Glyph> Glyphs, UsedTokens Tokens)
{
    private const double WhiteShare = 0.4;

    /// <summary>A batch: the pictures' rows in a table of (G backgrounds) rows, the captions' tokens (B times 77), and where each caption ends.</summary>
    public (long[] Rows, long[] Ids, long[] Ends) Draw(long seed, long step, int batch)
    {
        var (rows, ids, ends) = (new long[batch], new long[batch * UsedTokens.Length], new long[batch]);
        for (var i = 0; i < batch; i++)
        {
            var draws = new Draws(seed, step, i);
            var glyph = draws.Below(Glyphs.Count);
            var background = draws.Next() < WhiteShare ? 0 : draws.Below(BackgroundColor.All.Count);
            ends[i] = Tokens.Write(Captions.Draw(Glyphs[glyph].Entry, BackgroundColor.All[background], draws), ids.AsSpan(i * UsedTokens.Length, UsedTokens.Length));
            rows[i] = (glyph * BackgroundColor.All.Count) + background;
        }
        return (rows, ids, ends);
    }

    /// <summary>The plain captions of some glyphs over white.</summary>
    public (long[] Ids, long[] Ends) Plain(IReadOnlyList<int> some)
    {
        var (ids, ends) = (new long[some.Count * UsedTokens.Length], new long[some.Count]);
        for (var i = 0; i < some.Count; i++)
            ends[i] = Tokens.Write(Captions.Plain(Glyphs[some[i]].Entry, BackgroundColor.White), ids.AsSpan(i * UsedTokens.Length, UsedTokens.Length));
        return (ids, ends);
    }
}
