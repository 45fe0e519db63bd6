using System.CommandLine;
using EmojiDiffusion.Evaluation;
using EmojiDiffusion.Training;

namespace EmojiDiffusion.Commands;

/// <summary>Stage 3, and the file of the whole model.</summary>
internal sealed class DenoiserCommand : Command
{
    private static readonly Option<long> s_halfSize = new("--half-size-steps") { Description = "steps at half the size", DefaultValueFactory = _ => 5_500 };
    private static readonly Option<long> s_steps = new("--steps") { Description = "steps at the whole size", DefaultValueFactory = _ => 3_400 };
    private static readonly Option<int> s_batch = new("--batch") { Description = "pictures in a step", DefaultValueFactory = _ => 32 };
    private static readonly Option<double> s_rate = new("--learning-rate") { Description = "the learning rate after the warm-up", DefaultValueFactory = _ => 1e-3 };

    public DenoiserCommand() : base("denoiser", "Stage 3: train the text encoder and the UNet together, and write the model's file.")
    {
        foreach (var option in SharedOptions.OfStages.Concat(StepOptions).Concat(GlyphSet.Options)) Add(option);
        SetAction((parsed, cancel) => Task.FromResult(Run(parsed, cancel)));
    }

    /// <summary>The options of this stage alone.</summary>
    public static IEnumerable<Option> StepOptions => [s_halfSize, s_steps, s_batch, s_rate];

    /// <summary>Trains or goes on.</summary>
    /// <returns>0 when the end was reached, 130 when it was stopped.</returns>
    public static int Run(ParseResult parsed, CancellationToken cancel)
    {
        SharedOptions.UseThreads(parsed);
        var (options, set) = (SharedOptions.Stage(parsed), GlyphSet.Of(parsed));
        var text = Path.Combine(options.Folder, TextStage.FileName);
        var phases = DenoiserStage.Phases(parsed.GetValue(s_halfSize), parsed.GetValue(s_steps), parsed.GetValue(s_batch), parsed.GetValue(s_rate));
        var stage = new DenoiserStage(options, phases, set.Glyphs, set.Tokens, set.Autoencoder, File.Exists(text) ? text : null,
            path => new ModelDrawing(new() { ModelPath = path, Vocabulary = set.Vocabulary }), Console.Out);
        return stage.Run(cancel) ? 0 : 130;
    }
}
