using System.CommandLine;
using EmojiDiffusion.Data;
using EmojiDiffusion.Styles;

namespace EmojiDiffusion.Commands;

/// <summary>Writes pictures and captions of a style, for an adapter to learn.</summary>
internal sealed class StylesCommand : Command
{
    /// <summary>One emoji in so many is kept from the folder, to measure adapters on.</summary>
    public const int HeldOutEvery = 4;

    private static readonly Option<int> s_count = new("--count") { Description = "how many pictures", DefaultValueFactory = _ => 100 };

    /// <summary>A style made by code.</summary>
    public static Option<string?> Style { get; } = new("--style") { Description = $"a style made by code: {string.Join(", ", GlyphStyle.All.Select(style => style.Name))}" };

    /// <summary>A style from elsewhere.</summary>
    public static Option<string?> Folder { get; } = new("--glyphs") { Description = "or a folder of another hand's PNG files, named as emoji.json says, such as img/twitter/64" };

    public StylesCommand() : base("styles", "Write a folder of pictures with captions in another style, for an adapter to learn; every fourth emoji is left out.")
    {
        Option[] options = [Style, Folder, s_count, SharedOptions.Data, SharedOptions.Font, SharedOptions.Out, SharedOptions.Seed];
        foreach (var option in options) Add(option);
        SetAction((parsed, _) => Task.FromResult(Run(parsed)));
    }

    private static int Run(ParseResult parsed)
    {
        var written = TrainingFolder.Write(parsed.GetValue(SharedOptions.Out)!, Glyphs(parsed, split => split.Trained), parsed.GetValue(s_count), parsed.GetValue(SharedOptions.Seed));
        Console.WriteLine($"{written} pictures with captions in {parsed.GetValue(SharedOptions.Out)}");
        return 0;
    }

    /// <summary>The glyphs of the chosen style, either those to learn from or those to measure on.</summary>
    public static IReadOnlyList<Glyph> Glyphs(ParseResult parsed, Func<GlyphSplit, IReadOnlyList<Glyph>> half)
    {
        var entries = SharedOptions.Entries(parsed);
        var chosen = half(GlyphSplit.Of(GlyphSources.FromFont(parsed.GetValue(SharedOptions.Font)!, entries), HeldOutEvery));
        var images = chosen.Select(glyph => glyph.Entry.Image).ToHashSet();
        return (parsed.GetValue(Style), parsed.GetValue(Folder)) switch
        {
            ({ } style, null) => GlyphStyle.Named(style).Of(chosen),
            (null, { } folder) => [.. GlyphSources.FromFolder(folder, entries).Where(glyph => images.Contains(glyph.Entry.Image))],
            _ => throw new ArgumentException("Give either --style or --glyphs."),
        };
    }
}
