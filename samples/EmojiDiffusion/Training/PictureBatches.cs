using EmojiDiffusion.Data;
using LoraBridge.Imaging;

namespace EmojiDiffusion.Training;

/// <summary>Pictures for the autoencoder: glyphs of several sets over plain backgrounds, a little moved, half of them mirrored.</summary>
/// <param name="sets">The sets and how often each is drawn from, the shares adding up to 1.</param>
/// <param name="seed">Chance begins here.</param>
internal sealed class PictureBatches(IReadOnlyList<(double Share, IReadOnlyList<Glyph> Glyphs)> sets, long seed)
{
    private const int MostShift = 4;
    private const double WhiteShare = 0.4, NamedShare = 0.4, HalfSizeShare = 0.5;

    /// <summary>A step's pictures: (B, 3, size, size) in [-1, 1]. Those smaller than glyphs are parts of them, or whole ones at half size.</summary>
    public float[] Batch(long step, int count, int size)
    {
        var pixels = 3 * size * size;
        var values = new float[count * pixels];
        for (var i = 0; i < count; i++) Fill(new(seed, step, i), size, values.AsSpan(i * pixels, pixels));
        return values;
    }

    private void Fill(Draws draws, int size, Span<float> planes)
    {
        var glyph = draws.Of(Set(draws.Next())).Picture;
        var placement = new Placement(Background(draws), Shift(draws), Shift(draws), draws.Next() < 0.5);
        if (size == Glyph.Size) GlyphCanvas.Whole(glyph, placement, planes);
        else if (size == Glyph.Size / 2 && draws.Next() < HalfSizeShare) GlyphCanvas.Half(glyph, placement, planes);
        else GlyphCanvas.Part(glyph, placement, draws.Below(Glyph.Size - size + 1), draws.Below(Glyph.Size - size + 1), size, planes);
    }

    private IReadOnlyList<Glyph> Set(double chance)
    {
        foreach (var (share, glyphs) in sets)
        {
            if (chance < share) return glyphs;
            chance -= share;
        }
        return sets[^1].Glyphs;
    }

    private static Rgb Background(Draws draws)
    {
        var kind = draws.Next();
        if (kind < WhiteShare) return Rgb.White;
        if (kind < WhiteShare + NamedShare) return draws.Of(BackgroundColor.All).Color;
        return new((byte)draws.Below(256), (byte)draws.Below(256), (byte)draws.Below(256));
    }

    private static int Shift(Draws draws) => draws.Below((2 * MostShift) + 1) - MostShift;
}
