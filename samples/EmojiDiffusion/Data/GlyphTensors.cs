using static TorchSharp.torch;

namespace EmojiDiffusion.Data;

/// <summary>Glyphs as batches of tensors.</summary>
internal static class GlyphTensors
{
    private const int Batch = 16;

    /// <summary>The glyphs in their places over backgrounds that take turns, in batches of (B, 3, 128, 128) in [-1, 1].</summary>
    public static IEnumerable<Tensor> Over(IEnumerable<Glyph> glyphs, IReadOnlyList<BackgroundColor> backgrounds) =>
        glyphs.Select((glyph, i) => (glyph, backgrounds[i % backgrounds.Count])).Chunk(Batch).Select(Of);

    /// <summary>Glyphs over one background each: (B, 3, 128, 128) in [-1, 1].</summary>
    public static Tensor Of(IReadOnlyList<(Glyph Glyph, BackgroundColor Background)> pictures)
    {
        const int pixels = 3 * Glyph.Size * Glyph.Size;
        var values = new float[pictures.Count * pixels];
        for (var i = 0; i < pictures.Count; i++)
            GlyphCanvas.Whole(pictures[i].Glyph.Picture, new(pictures[i].Background.Color), values.AsSpan(i * pixels, pixels));
        return tensor(values, [pictures.Count, 3, Glyph.Size, Glyph.Size], dtype: float32);
    }
}
