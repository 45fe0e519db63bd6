using LoraBridge.Imaging;

namespace LoraBridge.Server.Sdapi.Drawing;

/// <summary>Lays pictures out side by side.</summary>
internal static class PictureGrid
{
    /// <summary>A grid of pictures of one size, row by row, on white.</summary>
    /// <param name="pictures">At least one; smaller ones leave white.</param>
    /// <param name="rows">How many rows; null for about as many as there are columns.</param>
    public static Picture Of(IReadOnlyList<Picture> pictures, int? rows = null)
    {
        var high = Math.Clamp(rows ?? (int)Math.Round(Math.Sqrt(pictures.Count)), 1, pictures.Count);
        var wide = (pictures.Count + high - 1) / high;
        var (width, height) = (pictures.Max(picture => picture.Width), pictures.Max(picture => picture.Height));
        var grid = new Picture(width * wide, height * high, 3);
        grid.Fill(Rgb.White);
        foreach (var (i, picture) in pictures.Index()) Paste(picture.ToRgb(), grid, i % wide * width, i / wide * height);
        return grid;
    }

    /// <summary>Copies a picture's pixels into a larger one.</summary>
    public static void Paste(Picture picture, Picture into, int left, int top)
    {
        for (var y = 0; y < picture.Height; y++) picture.Row(y).CopyTo(into.Row(top + y)[(left * into.Channels)..]);
    }
}
