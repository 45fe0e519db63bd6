using LoraBridge.Imaging;
using LoraBridge.Imaging.Lettering;

namespace LoraBridge.Generation;

/// <summary>Lays pictures out in rows, each with its label above it.</summary>
internal static class ContactSheet
{
    private const int Margin = 8;

    private static readonly Rgb s_paper = new(24, 24, 28), s_ink = new(235, 235, 240);

    /// <summary>The sheet of a preview; it carries the infotexts of all its pictures under the key <c>blends</c>.</summary>
    public static Picture Of(BlendPreviewRequest request, IReadOnlyList<GeneratedImage> images)
    {
        var (width, height) = (request.Picture.Width, request.Picture.Height);
        var columns = Math.Max(1, Math.Min(images.Count, request.Columns ?? (int)Math.Ceiling(Math.Sqrt(images.Count))));
        var rows = (images.Count + columns - 1) / columns;
        var scale = Math.Clamp(width / 128, 1, 4);
        var label = PictureLabel.Height(scale) + Margin;
        var sheet = Blank(Margin + (columns * (width + Margin)), Margin + (rows * (height + label + Margin)), images);
        foreach (var (i, image) in images.Index())
        {
            var (left, top) = (Margin + (i % columns * (width + Margin)), Margin + (i / columns * (height + label + Margin)));
            PictureLabel.Write(sheet, PictureLabel.Fit(request.Blends[i].Title, width, scale), left, top + (Margin / 2), scale, s_ink);
            Paste(image.Picture, sheet, left, top + label);
        }
        return sheet;
    }

    private static Picture Blank(int width, int height, IReadOnlyList<GeneratedImage> images)
    {
        var text = string.Join("\n\n", images.Select(image => image.Infotext));
        var sheet = new Picture(width, height, 3) { Text = new Dictionary<string, string> { ["blends"] = text } };
        for (var i = 0; i < sheet.Pixels.Length; i += 3) (sheet.Pixels[i], sheet.Pixels[i + 1], sheet.Pixels[i + 2]) = (s_paper.R, s_paper.G, s_paper.B);
        return sheet;
    }

    private static void Paste(Picture picture, Picture sheet, int left, int top)
    {
        for (var y = 0; y < picture.Height; y++) picture.Row(y).CopyTo(sheet.Row(top + y)[(left * 3)..]);
    }
}
