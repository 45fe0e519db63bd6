using System.CommandLine;
using EmojiDiffusion.Training;

namespace EmojiDiffusion.Commands;

/// <summary>Stage 2.</summary>
internal sealed class TextCommand : Command
{
    private static readonly Option<long> s_steps = new("--text-steps") { Description = "steps of the text encoder alone", DefaultValueFactory = _ => 6000 };
    private static readonly Option<int> s_batch = new("--text-batch") { Description = "captions in such a step", DefaultValueFactory = _ => 64 };

    public TextCommand() : base("text", "Stage 2: let the text encoder learn what its words look like.")
    {
        foreach (var option in SharedOptions.OfStages.Concat(StepOptions).Concat(GlyphSet.Options)) Add(option);
        SetAction((parsed, cancel) => Task.FromResult(Run(parsed, cancel)));
    }

    /// <summary>The options of this stage alone.</summary>
    public static IEnumerable<Option> StepOptions => [s_steps, s_batch];

    /// <summary>Trains or goes on.</summary>
    /// <returns>0 when the end was reached, 130 when it was stopped.</returns>
    public static int Run(ParseResult parsed, CancellationToken cancel)
    {
        SharedOptions.UseThreads(parsed);
        var set = GlyphSet.Of(parsed);
        var stage = new TextStage(SharedOptions.Stage(parsed), TextStage.Phases(parsed.GetValue(s_steps), parsed.GetValue(s_batch)), set.Glyphs, set.Tokens, set.Autoencoder, Console.Out);
        return stage.Run(cancel) ? 0 : 130;
    }
}
