using EmojiDiffusion.Data;
using LoraBridge.Diffusion.Models;
using LoraBridge.Imaging;
using static TorchSharp.torch;

namespace EmojiDiffusion.Evaluation;

/// <summary>How well pictures come back from an autoencoder.</summary>
internal static class AutoencoderQuality
{
    // as the yardstick was measured
    private static readonly string[] s_backgrounds = ["white", "blue", "red", "green", "yellow"];

    /// <summary>The backgrounds that are measured over.</summary>
    public static IReadOnlyList<BackgroundColor> Backgrounds { get; } = [.. s_backgrounds.Select(name => BackgroundColor.All.First(color => color.Name == name))];

    /// <summary>
    /// The peak signal-to-noise ratio in dB of pictures in 0 to 1, their latents taken at the mean: that of each picture, averaged, and
    /// the worst. Backgrounds take turns.
    /// </summary>
    public static (double Mean, double Worst) Psnr(AutoencoderKL autoencoder, IEnumerable<Glyph> glyphs, Device device)
    {
        using var frozen = no_grad();
        var ratios = new List<double>();
        foreach (var images in GlyphTensors.Over(glyphs, Backgrounds))
        {
            using var scope = NewDisposeScope();
            var original = images.to(device);                                   // (B, 3, 128, 128)
            var error = (Shown(autoencoder.Decode(autoencoder.Encode(original).Mean)) - Shown(original)).square().mean([1, 2, 3]);   // (B)
            ratios.AddRange(error.cpu().data<float>().Select(square => -10 * Math.Log10(Math.Max(square, 1e-10))));
            images.Dispose();
        }
        return (ratios.Average(), ratios.Min());
    }

    /// <summary>A picture: in rows of sixteen the glyphs, and under each row what comes back.</summary>
    public static Picture Comparison(AutoencoderKL autoencoder, IReadOnlyList<Glyph> glyphs, Device device)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        var pairs = new List<Tensor>();
        foreach (var images in GlyphTensors.Over(glyphs, Backgrounds))
        {
            pairs.Add(images);
            pairs.Add(autoencoder.Decode(autoencoder.Encode(images.to(device)).Mean).cpu());
        }
        return PictureGrid.Of([.. pairs.Select(row => PictureTensor.ToPictures(row))]);
    }

    // what a file would hold, from 0 to 1
    private static Tensor Shown(Tensor images) => ((images + 1) / 2).clamp(0, 1);
}
