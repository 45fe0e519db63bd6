using System.CommandLine;
using EmojiDiffusion.Data;
using EmojiDiffusion.Evaluation;
using EmojiDiffusion.Training;
using LoraBridge.Imaging;
using static TorchSharp.torch;

namespace EmojiDiffusion.Commands;

/// <summary>Measures a model's file.</summary>
internal sealed class EvaluateCommand : Command
{
    private const int GridColumns = 10;

    private static readonly Option<string> s_model = new("--model") { Description = "the model's file, or an autoencoder's alone", Required = true };
    private static readonly Option<int> s_prompts = new("--prompts") { Description = "prompts to measure with; 0 measures the autoencoder alone", DefaultValueFactory = _ => 200 };
    private static readonly Option<string?> s_grid = new("--grid") { Description = "a text file of prompts, a line each, to draw into a picture in --out" };
    private static readonly Option<int> s_steps = new("--sampling-steps") { Description = "sampling steps", DefaultValueFactory = _ => 20 };
    private static readonly Option<double> s_guidance = new("--guidance") { Description = "the guidance scale", DefaultValueFactory = _ => 3 };

    public EvaluateCommand() : base("evaluate", "Measure a model: its autoencoder's PSNR, whether pictures show their own glyph and the right background, a grid of prompts.")
    {
        Option[] options = [s_model, s_prompts, s_grid, s_steps, s_guidance, SharedOptions.Data, SharedOptions.Font, SharedOptions.Out, SharedOptions.Vocabulary, SharedOptions.Threads, SharedOptions.Seed];
        foreach (var option in options) Add(option);
        SetAction((parsed, cancel) => Task.FromResult(Run(parsed, cancel)));
    }

    private static int Run(ParseResult parsed, CancellationToken cancel)
    {
        SharedOptions.UseThreads(parsed);
        var (model, folder, seed) = (parsed.GetValue(s_model)!, parsed.GetValue(SharedOptions.Out)!, parsed.GetValue(SharedOptions.Seed));
        Directory.CreateDirectory(folder);
        var glyphs = GlyphSources.FromFont(parsed.GetValue(SharedOptions.Font)!, SharedOptions.Entries(parsed));
        using (var autoencoder = AutoencoderFile.Load(model, CPU))
        {
            var split = GlyphSplit.Of(glyphs);
            var (mean, worst) = AutoencoderQuality.Psnr(autoencoder, split.HeldOut, CPU);
            Console.WriteLine($"autoencoder: PSNR {mean:0.00} dB, worst {worst:0.00} dB, on {split.HeldOut.Count} held-out glyphs");
            PictureFile.Write(Path.Combine(folder, "autoencoder.png"), AutoencoderQuality.Comparison(autoencoder, [.. split.HeldOut.Take(48)], CPU));
        }
        var count = Math.Min(parsed.GetValue(s_prompts), glyphs.Count);
        if (count == 0 && parsed.GetValue(s_grid) is null) return 0;

        using var drawing = new ModelDrawing(new() { ModelPath = model, Vocabulary = SharedOptions.VocabularyOf(parsed) }) { Steps = parsed.GetValue(s_steps), GuidanceScale = parsed.GetValue(s_guidance) };
        if (count > 0) Measure(drawing, glyphs, count, seed, folder, cancel);
        if (parsed.GetValue(s_grid) is { } list) DrawGrid(drawing, list, Path.Combine(folder, "grid.png"), seed, cancel);
        return 0;
    }

    private static void Measure(ModelDrawing drawing, IReadOnlyList<Glyph> glyphs, int count, long seed, string folder, CancellationToken cancel)
    {
        using var known = LatentTable.ReadOrMake(Path.Combine(folder, LatentTable.FileName), drawing.ModelPath, glyphs, CPU, bfloat16: false, Console.Out).flatten(0, 1);
        var prompts = DrawingPrompt.Spread(glyphs, count, seed);
        var pictures = drawing.Draw([.. prompts.Select(prompt => prompt.Text)], seed, cancel: cancel);
        var quality = DrawingQuality.Of(drawing, prompts, pictures, known);
        Console.WriteLine($"pictures: of {count}, {quality.OwnGlyphShare:P1} nearest to their own glyph of {glyphs.Count} ({quality.TopFiveShare:P1} among the nearest five), {quality.BackgroundShare:P1} with the right background");
        foreach (var (prompt, rank) in prompts.Zip(quality.Ranks).Where(pair => pair.Second > 0).OrderByDescending(pair => pair.Second).Take(10))
            Console.WriteLine($"  {prompt.Text}: {rank} glyphs are nearer");
    }

    private static void DrawGrid(ModelDrawing drawing, string list, string path, long seed, CancellationToken cancel)
    {
        string[] prompts = [.. File.ReadLines(list).Where(line => !string.IsNullOrWhiteSpace(line))];
        PictureFile.Write(path, LabelledGrid.Of(prompts, drawing.Draw(prompts, seed, cancel: cancel), GridColumns));
        Console.WriteLine($"grid: {prompts.Length} prompts in {path}");
    }
}
