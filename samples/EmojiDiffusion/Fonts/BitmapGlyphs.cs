namespace EmojiDiffusion.Fonts;

/// <summary>Glyphs that are PNG files inside the font: its tables "CBLC" (where each lies) and "CBDT" (the files).</summary>
internal sealed class BitmapGlyphs
{
    private const int StrikeBytes = 48;

    private readonly Dictionary<ushort, (long Offset, int Length, int ImageFormat)> _places = [];
    private readonly BigEndian _data;

    /// <summary>Reads the places of the largest size that the font has.</summary>
    /// <exception cref="InvalidDataException">A part has a format that no emoji font uses.</exception>
    public BitmapGlyphs(FontTables font)
    {
        _data = font["CBDT"];
        var table = font["CBLC"];
        var strikes = Enumerable.Range(0, (int)table.U32(4)).Select(i => 8 + (StrikeBytes * i)).OrderByDescending(at => table.U8(at + 44));
        foreach (var strike in strikes.Take(1))
        {
            var parts = table.From(table.U32(strike));
            for (var i = 0; i < table.U32(strike + 8); i++)
            {
                var at = 8 * i;
                ReadPart(parts.From(parts.U32(at + 4)), parts.U16(at), parts.U16(at + 2));
            }
        }
    }

    /// <summary>The glyph's PNG file; null where the font draws it otherwise or not at all.</summary>
    public ReadOnlyMemory<byte>? Png(ushort glyph)
    {
        if (!_places.TryGetValue(glyph, out var place) || place.Length == 0) return null;
        // a glyph's own measures stand before the file, in 5 or in 8 bytes, or once for all elsewhere
        var metrics = place.ImageFormat switch
        {
            17 => 5,
            18 => 8,
            19 => 0,
            var other => throw new InvalidDataException($"The font's pictures are in format {other}; an emoji font has PNG files (17, 18 or 19)."),
        };
        var length = (int)_data.U32(place.Offset + metrics);
        return _data.Bytes.Slice((int)place.Offset + metrics + 4, length);
    }

    private void ReadPart(BigEndian part, ushort first, ushort last)
    {
        var (format, imageFormat, data) = (part.U16(0), (int)part.U16(2), part.U32(4));
        var count = last - first + 1;
        switch (format)
        {
            case 1:
                for (var i = 0; i < count; i++) Add(first + i, part.U32(8 + (4 * i)), part.U32(12 + (4 * i)));
                break;
            case 2:
                for (var i = 0; i < count; i++) Add(first + i, part.U32(8) * i, part.U32(8) * (i + 1));
                break;
            case 3:
                for (var i = 0; i < count; i++) Add(first + i, part.U16(8 + (2 * i)), part.U16(10 + (2 * i)));
                break;
            case 4:
                for (var i = 0; i < part.U32(8); i++) Add(part.U16(12 + (4 * i)), part.U16(14 + (4 * i)), part.U16(18 + (4 * i)));
                break;
            case 5:
                for (var i = 0; i < part.U32(20); i++) Add(part.U16(24 + (2 * i)), part.U32(8) * i, part.U32(8) * (i + 1));
                break;
            default:
                throw new InvalidDataException($"The font's table 'CBLC' has a part of format {format}; those known are 1 to 5.");
        }

        void Add(int glyph, long begin, long end) => _places[(ushort)glyph] = (data + begin, (int)(end - begin), imageFormat);
    }
}
