using System.CommandLine;
using EmojiDiffusion.Data;
using EmojiDiffusion.Evaluation;
using EmojiDiffusion.Training;
using LoraBridge.Diffusion.Text;

namespace EmojiDiffusion.Commands;

/// <summary>Stage 2, and the file of the whole model.</summary>
internal sealed class DenoiserCommand : Command
{
    private static readonly Option<string?> s_autoencoder = new("--autoencoder") { Description = "the autoencoder's file (default: the one that stage 1 left in --out)" };
    private static readonly Option<long> s_halfSize = new("--half-size-steps") { Description = "steps at half the size", DefaultValueFactory = _ => 14_000 };
    private static readonly Option<long> s_steps = new("--steps") { Description = "steps at the whole size", DefaultValueFactory = _ => 14_000 };
    private static readonly Option<int> s_batch = new("--batch") { Description = "pictures in a step", DefaultValueFactory = _ => 32 };
    private static readonly Option<int?> s_limit = new("--limit") { Description = "learn only so many emoji, spread over the list: for trials" };
    private static readonly Option<double> s_rate = new("--learning-rate") { Description = "the learning rate after the warm-up", DefaultValueFactory = _ => 1e-3 };

    public DenoiserCommand() : base("denoiser", "Stage 2: train the text encoder and the UNet together, and write the model's file.")
    {
        foreach (var option in SharedOptions.OfStages.Concat(StepOptions)) Add(option);
        SetAction((parsed, cancel) => Task.FromResult(Run(parsed, cancel)));
    }

    /// <summary>The options of this stage alone.</summary>
    public static IEnumerable<Option> StepOptions => [s_autoencoder, s_halfSize, s_steps, s_batch, s_rate, s_limit, SharedOptions.Vocabulary];

    /// <summary>Whether another autoencoder than stage 1's is named.</summary>
    public static bool HasOwnAutoencoder(ParseResult parsed) => parsed.GetValue(s_autoencoder) is not null;

    /// <summary>Trains or goes on.</summary>
    /// <returns>0 when the end was reached, 130 when it was stopped.</returns>
    public static int Run(ParseResult parsed, CancellationToken cancel)
    {
        SharedOptions.UseThreads(parsed);
        var options = SharedOptions.Stage(parsed);
        var autoencoder = parsed.GetValue(s_autoencoder) ?? Path.Combine(options.Folder, AutoencoderStage.FileName);
        if (!File.Exists(autoencoder)) throw new FileNotFoundException($"There is no autoencoder '{autoencoder}': run stage 1 first, or name one with --autoencoder.", autoencoder);
        var glyphs = GlyphSources.FromFont(parsed.GetValue(SharedOptions.Font)!, SharedOptions.Entries(parsed));
        if (parsed.GetValue(s_limit) is { } limit && limit < glyphs.Count) glyphs = [.. Enumerable.Range(0, limit).Select(i => glyphs[(int)((long)i * glyphs.Count / limit)])];
        var vocabulary = SharedOptions.VocabularyOf(parsed);
        var tokens = new UsedTokens(new(ClipVocabulary.Find(vocabulary)), Captions.Words(glyphs.Select(glyph => glyph.Entry)));
        var phases = DenoiserStage.Phases(parsed.GetValue(s_halfSize), parsed.GetValue(s_steps), parsed.GetValue(s_batch), parsed.GetValue(s_rate));
        var stage = new DenoiserStage(options, phases, glyphs, tokens, autoencoder, path => new ModelDrawing(new() { ModelPath = path, Vocabulary = vocabulary }), Console.Out);
        return stage.Run(cancel) ? 0 : 130;
    }
}
