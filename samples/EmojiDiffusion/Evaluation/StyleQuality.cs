using EmojiDiffusion.Data;
using EmojiDiffusion.Training;
using LoraBridge.Imaging;
using TorchSharp;
using static TorchSharp.torch;

namespace EmojiDiffusion.Evaluation;

/// <summary>How far pictures of glyphs have moved from the plain glyphs to those of a style, as the autoencoder sees them.</summary>
/// <param name="ToStyle">The mean squared distance of latents from the same glyph in the style.</param>
/// <param name="ToPlain">The mean squared distance of latents from the plain glyph.</param>
internal sealed record StyleQuality(double ToStyle, double ToPlain)
{
    /// <summary>-1 for the plain glyphs themselves, 1 for those of the style, 0 half way.</summary>
    public double Leaning => (ToPlain - ToStyle) / (ToPlain + ToStyle);

    /// <summary>Measures pictures.</summary>
    /// <param name="autoencoder">What measures.</param>
    /// <param name="pictures">What was drawn, 128 x 128.</param>
    /// <param name="plain">For each the glyph and background that were asked for.</param>
    /// <param name="styled">For each the same in the style.</param>
    public static StyleQuality Of(LoraBridge.Diffusion.Models.AutoencoderKL autoencoder, IReadOnlyList<Picture> pictures,
        IReadOnlyList<(Glyph Glyph, BackgroundColor Background)> plain, IReadOnlyList<(Glyph Glyph, BackgroundColor Background)> styled)
    {
        using var frozen = no_grad();
        double style = 0, before = 0;
        foreach (var places in Enumerable.Range(0, pictures.Count).Chunk(16))
        {
            using var scope = NewDisposeScope();
            var drawn = autoencoder.Encode(PictureTensor.ToTensor([.. places.Select(i => pictures[i])])).Mean;      // (B, 4, 16, 16)
            style += Distance(drawn, GlyphTensors.Of([.. places.Select(i => styled[i])]));
            before += Distance(drawn, GlyphTensors.Of([.. places.Select(i => plain[i])]));
        }
        return new(style / pictures.Count, before / pictures.Count);

        double Distance(Tensor drawn, Tensor wanted) => ((drawn - autoencoder.Encode(wanted).Mean) * LatentScale.Factor).square().mean([1, 2, 3]).sum().ToDouble();
    }
}
