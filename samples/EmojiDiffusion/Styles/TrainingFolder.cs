using EmojiDiffusion.Data;
using LoraBridge.Files;
using LoraBridge.Imaging;

namespace EmojiDiffusion.Styles;

/// <summary>A folder to train an adapter from: pictures, and beside each a text file with its caption.</summary>
internal static class TrainingFolder
{
    /// <summary>Writes so many glyphs, spread over the list, half of them over white and half over other colours.</summary>
    /// <returns>How many were written.</returns>
    public static int Write(string folder, IReadOnlyList<Glyph> glyphs, int count, long seed)
    {
        Directory.CreateDirectory(folder);
        var draws = new Draws(seed);
        var written = 0;
        foreach (var i in Enumerable.Range(0, Math.Min(count, glyphs.Count)))
        {
            var glyph = glyphs[(int)((long)i * glyphs.Count / Math.Min(count, glyphs.Count))];
            var background = i % 2 == 0 ? BackgroundColor.White : draws.Of(BackgroundColor.All);
            using var scope = TorchSharp.torch.NewDisposeScope();
            var name = $"{i:0000}-{Path.GetFileNameWithoutExtension(glyph.Entry.Image)}";
            PictureFile.Write(Path.Combine(folder, $"{name}.png"), PictureTensor.ToPicture(GlyphTensors.Of([(glyph, background)])));
            AtomicFile.Write(Path.Combine(folder, $"{name}.txt"), System.Text.Encoding.UTF8.GetBytes(Captions.Plain(glyph.Entry, background) + "\n"));
            written++;
        }
        return written;
    }
}
