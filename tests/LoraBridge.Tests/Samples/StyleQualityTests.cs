using EmojiDiffusion.Data;
using EmojiDiffusion.Evaluation;
using EmojiDiffusion.Styles;
using EmojiDiffusion.Training;
using LoraBridge.Diffusion.Models;
using LoraBridge.Imaging;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Samples;

public sealed class StyleQualityTests
{
    [Fact]
    public void Of_PicturesOfTheStyleAndOfThePlainGlyph_LiesAtBothEnds()
    {
        manual_seed(1);
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        using var autoencoder = new AutoencoderKL(AutoencoderFile.Config);
        ModelWeights.Fill(autoencoder, (name, shape) => InitialWeights.Of(name, shape, zeroEnds: false));
        var glyph = Tiny.Glyph(Tiny.Entry("dot"));
        (Glyph, BackgroundColor)[] plain = [(glyph, BackgroundColor.White)], styled = [(GlyphStyle.Named("outline").Of([glyph])[0], BackgroundColor.White)];

        Assert.Equal(1, Measure(styled).Leaning, 1e-2);
        Assert.Equal(-1, Measure(plain).Leaning, 1e-2);

        StyleQuality Measure((Glyph, BackgroundColor)[] drawn) =>
            StyleQuality.Of(autoencoder, [PictureTensor.ToPicture(GlyphTensors.Of(drawn))], plain, styled);
    }
}
