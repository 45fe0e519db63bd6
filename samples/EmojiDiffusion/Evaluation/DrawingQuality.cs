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
    /// <param name="glyphs">All glyphs.</param>
    public static DrawingQuality Of(ModelDrawing drawing, IReadOnlyList<DrawingPrompt> prompts, IReadOnlyList<Picture> pictures, IReadOnlyList<Glyph> glyphs)
    {
        using var frozen = no_grad();
        using var autoencoder = AutoencoderFile.Load(drawing.ModelPath, CPU);
        var ranks = new int[prompts.Count];
        foreach (var group in prompts.Index().GroupBy(pair => pair.Item.Background))
        {
            using var scope = NewDisposeScope();
            var drawn = autoencoder.Encode(PictureTensor.ToTensor([.. group.Select(pair => pictures[pair.Index])])).Mean.flatten(start_dim: 1);          // (P, 1024)
            var known = cat([.. GlyphTensors.Over(glyphs, [group.Key]).Select(images => autoencoder.Encode(images).Mean.flatten(start_dim: 1))], dim: 0);  // (G, 1024)
            var distances = (known.square().sum([1]) - (2 * drawn.mm(known.transpose(0, 1)))).data<float>().ToArray();       // (P, G), but for a constant in each row
            foreach (var (row, (index, prompt)) in group.Index())
            {
                var own = distances[(row * glyphs.Count) + prompt.Glyph];
                ranks[index] = distances.AsSpan(row * glyphs.Count, glyphs.Count).ToArray().Count(distance => distance < own);
            }
        }
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
