using EmojiDiffusion.Data;
using LoraBridge.Imaging;

namespace EmojiDiffusion.Styles;

/// <summary>Another way to draw a glyph, made by code: something for adapters to learn.</summary>
/// <param name="Name">Its name on the command line.</param>
/// <param name="Draw">From an RGBA picture to an RGBA picture of the same size.</param>
internal sealed record GlyphStyle(string Name, Func<Picture, Picture> Draw)
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<GlyphStyle> All { get; } = [new("outline", LineArt.Outline), new("hatching", LineArt.Hatching), new("pixels", PixelArt.Blocks)];

    /// <summary>The style of that name.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public static GlyphStyle Named(string name) => All.FirstOrDefault(style => style.Name == name)
        ?? throw new ArgumentException($"There is no style '{name}': choose {string.Join(", ", All.Select(style => style.Name))}.");

    /// <summary>The glyphs drawn so.</summary>
    public IReadOnlyList<Glyph> Of(IEnumerable<Glyph> glyphs) => [.. glyphs.Select(glyph => glyph with { Picture = Draw(glyph.Picture) })];
}
