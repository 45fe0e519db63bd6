namespace LoraBridge.Imaging.Png;

/// <summary>
/// Turns restored PNG rows into 8-bit samples. 16-bit samples keep their high byte, as Pillow does for colour: the same file then trains the
/// same here and there, and 8-bit pictures stored in 16 bits (value x 257) come back exactly.
/// </summary>
internal sealed class PngPixels
{
    private readonly PngHeader _header;
    private readonly uint[]? _lookup;      // sample or palette index -> R | G << 8 | B << 16 | A << 24
    private readonly int[]? _transparent;  // the one grey or RGB value that is transparent, in the file's own depth

    /// <param name="header">The file's header.</param>
    /// <param name="palette">PLTE: RGB triples; empty where there is none.</param>
    /// <param name="transparency">tRNS: a palette's alphas, or the one transparent value; empty where there is none.</param>
    public PngPixels(PngHeader header, ReadOnlySpan<byte> palette, ReadOnlySpan<byte> transparency)
    {
        _header = header;
        if (header.Color == PngColor.Palette)
        {
            _lookup = PaletteLookup(palette, transparency);
            Channels = transparency.IsEmpty ? 3 : 4;
            return;
        }
        if (header.Color is PngColor.Grey or PngColor.Rgb && transparency.Length >= 2 * header.Samples)
        {
            _transparent = new int[header.Samples];
            for (var i = 0; i < _transparent.Length; i++)
                _transparent[i] = transparency[2 * i] << 8 | transparency[2 * i + 1];
        }
        Channels = ChannelsOf(header, _transparent is not null);
        if (header.Color == PngColor.Grey && (header.BitDepth < 8 || (header.BitDepth == 8 && _transparent is not null)))
            _lookup = GreyLookup(header.BitDepth, _transparent?[0]);
    }

    /// <summary>Channels of the result: 1, 3 or 4.</summary>
    public int Channels { get; }

    public static int ChannelsOf(PngHeader header, bool hasTransparency) => header.Color switch
    {
        PngColor.Grey when !hasTransparency => 1,
        PngColor.Rgb or PngColor.Palette when !hasTransparency => 3,
        _ => 4,
    };

    /// <summary>Writes <paramref name="width"/> pixels of <see cref="Channels"/> samples each.</summary>
    public void Expand(ReadOnlySpan<byte> row, int width, Span<byte> pixels)
    {
        if (_lookup is not null)
            LookUp(row, width, pixels);
        else if (_header.Color == PngColor.GreyAlpha)
            ExpandGreyAlpha(row, width, pixels);
        else if (_transparent is not null)
            ExpandWithTransparentValue(row, width, pixels);
        else if (_header.BitDepth == 8)
            row[..(width * Channels)].CopyTo(pixels);
        else
            for (var i = 0; i < width * Channels; i++)
                pixels[i] = row[2 * i];
    }

    private void LookUp(ReadOnlySpan<byte> row, int width, Span<byte> pixels)
    {
        int depth = _header.BitDepth, mask = (1 << depth) - 1;
        var lookup = _lookup!;
        for (int x = 0, o = 0, bit = 0; x < width; x++, o += Channels, bit += depth)
        {
            var color = lookup[row[bit >> 3] >> (8 - depth - (bit & 7)) & mask];
            pixels[o] = (byte)color;
            if (Channels == 1)
                continue;
            pixels[o + 1] = (byte)(color >> 8);
            pixels[o + 2] = (byte)(color >> 16);
            if (Channels == 4)
                pixels[o + 3] = (byte)(color >> 24);
        }
    }

    private void ExpandGreyAlpha(ReadOnlySpan<byte> row, int width, Span<byte> pixels)
    {
        var bytes = _header.BitDepth / 8;
        for (int i = 0, o = 0; o < 4 * width; i += 2 * bytes, o += 4)
        {
            pixels[o] = pixels[o + 1] = pixels[o + 2] = row[i];
            pixels[o + 3] = row[i + bytes];
        }
    }

    private void ExpandWithTransparentValue(ReadOnlySpan<byte> row, int width, Span<byte> pixels)
    {
        int bytes = _header.BitDepth / 8, samples = _header.Samples;
        for (int i = 0, o = 0; o < 4 * width; i += samples * bytes, o += 4)
        {
            var isTransparent = true;
            for (var s = 0; s < samples; s++)
            {
                var at = i + s * bytes;
                var value = bytes == 2 ? row[at] << 8 | row[at + 1] : row[at];
                isTransparent &= value == _transparent![s];
            }
            pixels[o] = row[i];
            pixels[o + 1] = row[i + samples / 2 * bytes];
            pixels[o + 2] = row[i + (samples - 1) * bytes];
            pixels[o + 3] = isTransparent ? (byte)0 : (byte)255;
        }
    }

    // indices beyond the palette are opaque black
    private static uint[] PaletteLookup(ReadOnlySpan<byte> palette, ReadOnlySpan<byte> alphas)
    {
        var lookup = new uint[256];
        for (var i = 0; i < lookup.Length; i++)
        {
            var alpha = i < alphas.Length ? alphas[i] : 255u;
            lookup[i] = alpha << 24;
            if (3 * i + 2 < palette.Length)
                lookup[i] |= palette[3 * i] | (uint)palette[3 * i + 1] << 8 | (uint)palette[3 * i + 2] << 16;
        }
        return lookup;
    }

    private static uint[] GreyLookup(int depth, int? transparent)
    {
        var largest = (1 << depth) - 1;
        var lookup = new uint[largest + 1];
        for (var i = 0; i <= largest; i++)
            lookup[i] = (uint)(i * 255 / largest) * 0x010101 | (i == transparent ? 0 : 0xff000000);
        return lookup;
    }
}
