namespace EmojiDiffusion.Data;

/// <summary>Glyphs to learn from and glyphs to measure on.</summary>
/// <param name="Trained">Those that are learned.</param>
/// <param name="HeldOut">Those that training never sees.</param>
internal sealed record GlyphSplit(IReadOnlyList<Glyph> Trained, IReadOnlyList<Glyph> HeldOut)
{
    /// <summary>Holds out every so-many-th emoji.</summary>
    /// <param name="glyphs">All of them; a few at least.</param>
    /// <param name="every">One in how many is held out.</param>
    public static GlyphSplit Of(IReadOnlyList<Glyph> glyphs, int every = 16)
    {
        var groups = glyphs.Index().ToLookup(pair => pair.Index % every == every - 1, pair => pair.Item);
        return new([.. groups[false]], [.. groups[true]]);
    }

    /// <summary>Another set's glyphs of the emoji that this split learns.</summary>
    public IReadOnlyList<Glyph> TrainedOf(IEnumerable<Glyph> others)
    {
        var images = HeldOut.Select(glyph => glyph.Entry.Image).ToHashSet();
        return [.. others.Where(glyph => !images.Contains(glyph.Entry.Image))];
    }
}
