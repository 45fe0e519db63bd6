using System.CommandLine;
using EmojiDiffusion.Data;
using EmojiDiffusion.Training;

namespace EmojiDiffusion.Commands;

/// <summary>Stage 1.</summary>
internal sealed class AutoencoderCommand : Command
{
    private const double OtherShare = 0.25;

    private static readonly Option<long> s_small = new("--small-steps") { Description = "steps on 64 x 64", DefaultValueFactory = _ => 10_000 };
    private static readonly Option<long> s_large = new("--large-steps") { Description = "steps on 128 x 128", DefaultValueFactory = _ => 1400 };

    public AutoencoderCommand() : base("autoencoder", "Stage 1: train the autoencoder from nothing.")
    {
        foreach (var option in SharedOptions.OfStages.Concat(StepOptions)) Add(option);
        SetAction((parsed, cancel) => Task.FromResult(Run(parsed, cancel)));
    }

    /// <summary>The options of this stage alone.</summary>
    public static IEnumerable<Option> StepOptions => [SharedOptions.Twemoji, s_small, s_large];

    /// <summary>Trains or goes on.</summary>
    /// <returns>0 when the end was reached, 130 when it was stopped.</returns>
    public static int Run(ParseResult parsed, CancellationToken cancel)
    {
        SharedOptions.UseThreads(parsed);
        var entries = SharedOptions.Entries(parsed);
        var split = GlyphSplit.Of(GlyphSources.FromFont(parsed.GetValue(SharedOptions.Font)!, entries));
        List<(double, IReadOnlyList<Glyph>)> others = [];
        if (parsed.GetValue(SharedOptions.Twemoji) is { } folder) others.Add((OtherShare, split.TrainedOf(GlyphSources.FromFolder(folder, entries))));
        var stage = new AutoencoderStage(SharedOptions.Stage(parsed), AutoencoderStage.Phases(parsed.GetValue(s_small), parsed.GetValue(s_large)), split, others, Console.Out);
        return stage.Run(cancel) ? 0 : 130;
    }
}
