using LoraBridge.Imaging;

namespace EmojiDiffusion.Evaluation;

/// <summary>Lays pictures of one size out in rows.</summary>
internal static class PictureGrid
{
    private const int Gap = 2;

    /// <summary>The rows below each other; shorter ones end in grey.</summary>
    public static Picture Of(IReadOnlyList<IReadOnlyList<Picture>> rows)
    {
        var (width, height) = (rows[0][0].Width + Gap, rows[0][0].Height + Gap);
        var grid = new Picture((rows.Max(row => row.Count) * width) - Gap, (rows.Count * height) - Gap, 3);
        grid.Pixels.AsSpan().Fill(0xE0);
        foreach (var (y, row) in rows.Index())
            foreach (var (x, picture) in row.Index()) Paste(picture, grid, x * width, y * height);
        return grid;
    }

    /// <summary>Copies an RGB picture into another.</summary>
    public static void Paste(Picture picture, Picture target, int left, int top)
    {
        for (var y = 0; y < picture.Height; y++) picture.Row(y).CopyTo(target.Row(top + y)[(left * 3)..]);
    }
}
