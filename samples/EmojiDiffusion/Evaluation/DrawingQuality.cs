using EmojiDiffusion.Data;
using EmojiDiffusion.Training;
using LoraBridge.Imaging;
using static TorchSharp.torch;

namespace EmojiDiffusion.Evaluation;

/// <summary>Whether pictures show what was asked for.</summary>
/// <param name="OwnGlyphShare">The share of pictures whose latents are nearest to those of their own glyph, among all glyphs over the background that was asked for.</param>
/// <param name="TopFiveShare">The share of pictures whose own glyph is among the nearest five.</param>
/// <param name="BackgroundShare">The share of pictures whose edge has, in the median, the colour that was asked for.</param>
/// <param name="Ranks">For each picture, how many glyphs are nearer than its own.</param>
internal sealed record DrawingQuality(double OwnGlyphShare, double TopFiveShare, double BackgroundShare, IReadOnlyList<int> Ranks)
{
    private const int Edge = 4;

    /// <summary>Measures pictures.</summary>
    /// <param name="drawing">What drew them; its autoencoder measures.</param>
    /// <param name="prompts">What was asked for.</param>
    /// <param name="pictures">What came.</param>
    /// <param name="known">Every glyph's latents over every background, (G backgrounds, 4, 16, 16): <see cref="LatentTable"/>.</param>
    public static DrawingQuality Of(ModelDrawing drawing, IReadOnlyList<DrawingPrompt> prompts, IReadOnlyList<Picture> pictures, Tensor known)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        using var autoencoder = AutoencoderFile.Load(drawing.ModelPath, CPU);
        var table = known.flatten(start_dim: 1).view(-1, BackgroundColor.All.Count, known[0].numel());                       // (G, backgrounds, 1024)
        int[] ranks =
        [
            .. prompts.Zip(pictures, (prompt, picture) =>
            {
                using var one = NewDisposeScope();
                var drawn = (autoencoder.Encode(PictureTensor.ToTensor([picture])).Mean * LatentScale.Factor).flatten();        // (1024)
                var distances = (table.select(1, prompt.Background.Place) - drawn).square().sum([1]);        // (G)
                return (int)distances.lt(distances[prompt.Glyph]).sum().item<long>();
            }),
        ];
        var backgrounds = prompts.Zip(pictures).Count(pair => BackgroundOf(pair.Second) == pair.First.Background);
        return new(Share(ranks.Count(rank => rank == 0)), Share(ranks.Count(rank => rank < 5)), Share(backgrounds), ranks);

        double Share(int count) => (double)count / prompts.Count;
    }

    /// <summary>The named colour nearest to the median of a picture's edge.</summary>
    public static BackgroundColor BackgroundOf(Picture picture)
    {
        float Median(int channel)
        {
            var values = new List<byte>();
            for (var y = 0; y < picture.Height; y++)
                for (var x = 0; x < picture.Width; x++)
                    if (x < Edge || y < Edge || x >= picture.Width - Edge || y >= picture.Height - Edge) values.Add(picture.Row(y)[(x * picture.Channels) + channel]);
            values.Sort();
            return (values[values.Count / 2] / 127.5f) - 1;
        }
        return BackgroundColor.Nearest(Median(0), Median(1), Median(2));
    }
}
