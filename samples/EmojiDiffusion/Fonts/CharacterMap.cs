namespace EmojiDiffusion.Fonts;

/// <summary>Which glyph a character has by itself: the font's table "cmap", its groups of all of Unicode (format 12).</summary>
internal sealed class CharacterMap
{
    private const int GroupsFormat = 12;

    private readonly (uint First, uint Last, uint Glyph)[] _groups;

    /// <exception cref="InvalidDataException">The font maps no characters beyond the first 65,536, as emoji need.</exception>
    public CharacterMap(FontTables font)
    {
        var table = font["cmap"];
        var whole = Enumerable.Range(0, table.U16(2))
            .Select(i => table.From(table.U32(4 + (8 * i) + 4)))
            .Where(map => map.U16(0) == GroupsFormat)
            .Select(map => (BigEndian?)map)
            .FirstOrDefault() ?? throw new InvalidDataException("The font's table 'cmap' has no map of format 12: it is no emoji font.");
        _groups = [.. Enumerable.Range(0, (int)whole.U32(12)).Select(i => 16 + (12 * i)).Select(at => (whole.U32(at), whole.U32(at + 4), whole.U32(at + 8)))];
    }

    /// <summary>The character's glyph; null where the font has none.</summary>
    public ushort? Glyph(int character)
    {
        foreach (var (first, last, glyph) in _groups)
            if (character >= first && character <= last) return (ushort)(glyph + (character - first));
        return null;
    }
}
