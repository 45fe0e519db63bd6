using EmojiDiffusion.Data;
using LoraBridge.Imaging;

namespace LoraBridge.Tests.Samples;

/// <summary>Emoji that are made up.</summary>
internal static class Tiny
{
    /// <summary>The column of a glyph where red is laid on half transparent.</summary>
    public const int HalfColumn = 40;

    public static EmojiEntry Entry(string name) => new([0x1F34E], [name], "fruit", $"{name}.png");

    /// <summary>A red square from column and row 41 to 87, half transparent at column 40.</summary>
    public static Glyph Glyph(EmojiEntry entry, Rgb? color = null)
    {
        var ink = color ?? new(255, 0, 0);
        var picture = new Picture(128, 128, 4);
        for (var y = 40; y < 88; y++)
        {
            for (var x = HalfColumn; x < 88; x++)
            {
                var pixel = picture.Row(y).Slice(4 * x, 4);
                (pixel[0], pixel[1], pixel[2], pixel[3]) = (ink.R, ink.G, ink.B, (byte)(x == HalfColumn ? 128 : 255));
            }
        }
        return new(entry, picture);
    }
}
