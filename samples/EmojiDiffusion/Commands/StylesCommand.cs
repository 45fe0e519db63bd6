using System.CommandLine;
using EmojiDiffusion.Data;
using EmojiDiffusion.Styles;

namespace EmojiDiffusion.Commands;

/// <summary>Writes pictures and captions of a style, for an adapter to learn.</summary>
internal sealed class StylesCommand : Command
{
    /// <summary>One emoji in so many is kept from the folder, to measure adapters on.</summary>
    public const int HeldOutEvery = 4;

    private static readonly Option<string?> s_style = new("--style") { Description = $"a style made by code: {string.Join(", ", GlyphStyle.All.Select(style => style.Name))}" };
    private static readonly Option<string?> s_folder = new("--glyphs") { Description = "or a folder of another hand's PNG files, named as emoji.json says, such as img/twitter/64" };
    private static readonly Option<int> s_count = new("--count") { Description = "how many pictures", DefaultValueFactory = _ => 100 };

    public StylesCommand() : base("styles", "Write a folder of pictures with captions in another style, for an adapter to learn; every fourth emoji is left out.")
    {
        Option[] options = [s_style, s_folder, s_count, SharedOptions.Data, SharedOptions.Font, SharedOptions.Out, SharedOptions.Seed];
        foreach (var option in options) Add(option);
        SetAction((parsed, _) => Task.FromResult(Run(parsed)));
    }

    private static int Run(ParseResult parsed)
    {
        var entries = SharedOptions.Entries(parsed);
        var split = GlyphSplit.Of(GlyphSources.FromFont(parsed.GetValue(SharedOptions.Font)!, entries), HeldOutEvery);
        var glyphs = (parsed.GetValue(s_style), parsed.GetValue(s_folder)) switch
        {
            ({ } style, null) => GlyphStyle.Named(style).Of(split.Trained),
            (null, { } folder) => split.TrainedOf(GlyphSources.FromFolder(folder, entries)),
            _ => throw new ArgumentException("Give either --style or --glyphs."),
        };
        var written = TrainingFolder.Write(parsed.GetValue(SharedOptions.Out)!, glyphs, parsed.GetValue(s_count), parsed.GetValue(SharedOptions.Seed));
        Console.WriteLine($"{written} pictures with captions in {parsed.GetValue(SharedOptions.Out)}");
        return 0;
    }
}
