using System.Globalization;
using System.Text;

namespace LoraBridge.Imaging.Lettering;

/// <summary>Writes a line of text onto pictures.</summary>
public static class PictureLabel
{
    private const int Advance = SmallFont.Width + 1;

    /// <summary>Rows that a line takes, in pixels.</summary>
    /// <param name="scale">Pixels of a letter's cell.</param>
    public static int Height(int scale) => SmallFont.Height * scale;

    /// <summary>Pixels that a text takes in a row.</summary>
    public static int Width(string text, int scale) => text.Length == 0 ? 0 : ((Shown(text).Length * Advance) - 1) * scale;

    /// <summary>The text, cut and ended by dots where it is wider than allowed.</summary>
    public static string Fit(string text, int width, int scale)
    {
        var most = Math.Max(0, ((width / scale) + 1) / Advance);
        var shown = Shown(text);
        return shown.Length <= most ? shown : most <= 2 ? shown[..most] : shown[..(most - 2)].TrimEnd() + "..";
    }

    /// <summary>Writes a text; what would fall outside is left out.</summary>
    /// <param name="picture">The picture, RGB.</param>
    /// <param name="text">The text; accents are left off, letters that the font lacks are boxes.</param>
    /// <param name="left">The first letter's left edge.</param>
    /// <param name="top">The letters' upper edge.</param>
    /// <param name="scale">Pixels of a letter's cell.</param>
    /// <param name="color">The ink.</param>
    public static void Write(Picture picture, string text, int left, int top, int scale, Rgb color)
    {
        var shown = Shown(text);
        for (var i = 0; i < shown.Length; i++)
        {
            for (var y = 0; y < SmallFont.Height * scale; y++)
            {
                for (var x = 0; x < SmallFont.Width * scale; x++)
                    if (SmallFont.IsInked(shown[i], x / scale, y / scale)) Set(left + (i * Advance * scale) + x, top + y);
            }
        }

        void Set(int x, int y)
        {
            if (x < 0 || y < 0 || x >= picture.Width || y >= picture.Height) return;
            var pixel = picture.Row(y).Slice(x * picture.Channels, 3);
            (pixel[0], pixel[1], pixel[2]) = (color.R, color.G, color.B);
        }
    }

    // é is e and an accent, which has no cell of its own
    private static string Shown(string text)
    {
        var shown = new StringBuilder(text.Length);
        foreach (var letter in text.Normalize(NormalizationForm.FormKD))
            if (CharUnicodeInfo.GetUnicodeCategory(letter) is not (UnicodeCategory.NonSpacingMark or UnicodeCategory.Control) && !char.IsLowSurrogate(letter)) shown.Append(letter);
        return shown.ToString();
    }
}
