namespace EmojiDiffusion.Fonts;

/// <summary>Rows of glyphs that the font draws as one: its table "GSUB", the lookups that make ligatures (type 4).</summary>
/// <remarks>Lookups for scripts, languages and contexts are not followed: emoji sequences need none.</remarks>
internal sealed class Ligatures
{
    private const int LigatureType = 4, ExtensionType = 7;

    // one entry a lookup, in the order in which a text engine applies them: ligatures by their first glyph, longest first
    private readonly List<Dictionary<ushort, List<(ushort[] Tail, ushort Glyph)>>> _lookups = [];

    public Ligatures(FontTables font)
    {
        if (!font.Has("GSUB")) return;
        var table = font["GSUB"];
        var list = table.From(table.U16(8));
        for (var i = 0; i < list.U16(0); i++)
        {
            var lookup = list.From(list.U16(2 + (2 * i)));
            var ligatures = new Dictionary<ushort, List<(ushort[], ushort)>>();
            for (var j = 0; j < lookup.U16(4); j++)
            {
                var (type, part) = ((int)lookup.U16(0), lookup.From(lookup.U16(6 + (2 * j))));
                if (type == ExtensionType) (type, part) = (part.U16(2), part.From(part.U32(4)));
                if (type == LigatureType) Read(part, ligatures);
            }
            foreach (var ofGlyph in ligatures.Values) ofGlyph.Sort((a, b) => b.Item1.Length - a.Item1.Length);
            if (ligatures.Count > 0) _lookups.Add(ligatures);
        }
    }

    /// <summary>The row with every ligature put in.</summary>
    public IReadOnlyList<ushort> Apply(IReadOnlyList<ushort> glyphs)
    {
        foreach (var lookup in _lookups)
        {
            var joined = new List<ushort>();
            for (var i = 0; i < glyphs.Count;)
            {
                var match = lookup.GetValueOrDefault(glyphs[i])?.FirstOrDefault(ligature => Follows(glyphs, i + 1, ligature.Tail));
                joined.Add(match is { Tail: not null } found ? found.Glyph : glyphs[i]);
                i += 1 + (match?.Tail?.Length ?? 0);
            }
            glyphs = joined;
        }
        return glyphs;
    }

    private static bool Follows(IReadOnlyList<ushort> glyphs, int start, ushort[] rest)
    {
        if (start + rest.Length > glyphs.Count) return false;
        for (var i = 0; i < rest.Length; i++)
            if (glyphs[start + i] != rest[i]) return false;
        return true;
    }

    private static void Read(BigEndian part, Dictionary<ushort, List<(ushort[], ushort)>> ligatures)
    {
        var firsts = Covered(part.From(part.U16(2)));
        for (var i = 0; i < part.U16(4); i++)
        {
            var set = part.From(part.U16(6 + (2 * i)));
            if (!ligatures.TryGetValue(firsts[i], out var ofGlyph)) ligatures.Add(firsts[i], ofGlyph = []);
            for (var j = 0; j < set.U16(0); j++)
            {
                var ligature = set.From(set.U16(2 + (2 * j)));
                var rest = Enumerable.Range(0, ligature.U16(2) - 1).Select(k => ligature.U16(4 + (2 * k)));
                ofGlyph.Add(([.. rest], ligature.U16(0)));
            }
        }
    }

    // the glyphs that a subtable speaks of, listed one by one or in ranges
    private static List<ushort> Covered(BigEndian coverage)
    {
        var glyphs = new List<ushort>();
        for (var i = 0; i < coverage.U16(2); i++)
        {
            if (coverage.U16(0) == 1)
            {
                glyphs.Add(coverage.U16(4 + (2 * i)));
                continue;
            }
            var (first, last) = (coverage.U16(4 + (6 * i)), coverage.U16(6 + (6 * i)));
            for (int glyph = first; glyph <= last; glyph++) glyphs.Add((ushort)glyph);
        }
        return glyphs;
    }
}
