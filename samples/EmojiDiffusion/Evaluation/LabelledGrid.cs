using LoraBridge.Imaging;
using LoraBridge.Imaging.Lettering;

namespace EmojiDiffusion.Evaluation;

/// <summary>Pictures in rows, each with its prompt under it.</summary>
internal static class LabelledGrid
{
    private const int LineHeight = 9, Lines = 3, Gap = 4, LettersInALine = 21;

    /// <summary>The grid.</summary>
    public static Picture Of(IReadOnlyList<string> labels, IReadOnlyList<Picture> pictures, int columns)
    {
        var (width, height) = (pictures[0].Width + Gap, pictures[0].Height + (Lines * LineHeight) + Gap);
        var grid = new Picture((columns * width) + Gap, ((pictures.Count + columns - 1) / columns * height) + Gap, 3);
        grid.Pixels.AsSpan().Fill(byte.MaxValue);
        foreach (var (i, picture) in pictures.Index())
        {
            var (left, top) = (Gap + (i % columns * width), Gap + (i / columns * height));
            PictureGrid.Paste(picture, grid, left, top);
            foreach (var (line, words) in Wrapped(labels[i]).Take(Lines).Index())
                PictureLabel.Write(grid, words, left, top + picture.Height + 2 + (line * LineHeight), scale: 1, Rgb.Black);
        }
        return grid;
    }

    private static IEnumerable<string> Wrapped(string text)
    {
        var line = "";
        foreach (var word in text.Split(' '))
        {
            if (line.Length > 0 && line.Length + 1 + word.Length > LettersInALine)
            {
                yield return line;
                line = "";
            }
            line = line.Length == 0 ? word : $"{line} {word}";
        }
        yield return line;
    }
}
