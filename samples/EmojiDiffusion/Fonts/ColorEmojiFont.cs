using LoraBridge.Imaging;

namespace EmojiDiffusion.Fonts;

/// <summary>A font whose glyphs are coloured bitmaps, such as Noto Color Emoji: characters in, a picture out.</summary>
internal sealed class ColorEmojiFont
{
    private const int VariationSelector = 0xFE0F;

    private readonly CharacterMap _characters;
    private readonly Ligatures _ligatures;
    private readonly BitmapGlyphs _bitmaps;

    public ColorEmojiFont(FontTables tables) => (_characters, _ligatures, _bitmaps) = (new(tables), new(tables), new(tables));

    /// <summary>Opens a font file.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is no such font.</exception>
    public static ColorEmojiFont Open(string path) => new(FontTables.Read(path));

    /// <summary>The picture of one emoji, RGBA; null where the font has no single picture for it.</summary>
    /// <param name="characters">Its characters, joiners and selectors included.</param>
    public Picture? Draw(IReadOnlyList<int> characters)
    {
        // the selector only asks for colour, and this font has nothing else
        var glyphs = characters.Where(character => character != VariationSelector).Select(_characters.Glyph).ToList();
        if (glyphs.Any(glyph => glyph is null)) return null;
        if (_ligatures.Apply([.. glyphs.Select(glyph => glyph!.Value)]) is not [var only]) return null;
        return _bitmaps.Png(only) is { } png ? PictureFile.Read(png, $"glyph {only}") : null;
    }
}
