using EmojiDiffusion.Fonts;
using LoraBridge.Imaging;

namespace EmojiDiffusion.Data;

/// <summary>The places glyphs come from.</summary>
internal static class GlyphSources
{
    /// <summary>The glyphs that a font has of a list of emoji.</summary>
    /// <exception cref="InvalidDataException">The font has none of them.</exception>
    public static IReadOnlyList<Glyph> FromFont(string fontPath, IReadOnlyList<EmojiEntry> entries)
    {
        var font = ColorEmojiFont.Open(fontPath);
        Glyph[] glyphs = [.. from entry in entries let drawing = font.Draw(entry.Characters) where drawing is not null select Glyph.Of(entry, drawing)];
        return glyphs.Length > 0 ? glyphs : throw new InvalidDataException($"{fontPath} has none of the {entries.Count} emoji of the list: take a font of coloured bitmaps such as Debian's NotoColorEmoji.ttf.");
    }

    /// <summary>The glyphs of a folder of PNG files that are named as the list says, such as a package's <c>img/twitter/64</c>; those that it lacks are left out.</summary>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="InvalidDataException">The folder has none of them.</exception>
    public static IReadOnlyList<Glyph> FromFolder(string folder, IReadOnlyList<EmojiEntry> entries)
    {
        if (!Directory.Exists(folder)) throw new DirectoryNotFoundException($"The folder of glyphs '{folder}' does not exist. Correct the path.");
        Glyph[] glyphs =
        [
            .. from entry in entries
               let path = Path.Combine(folder, entry.Image)
               where File.Exists(path)
               select Glyph.Of(entry, PictureFile.Read(path)),
        ];
        return glyphs.Length > 0 ? glyphs : throw new InvalidDataException($"'{folder}' has none of the {entries.Count} emoji's files, such as {entries[0].Image}: name the folder that holds the PNG files.");
    }
}
