using System.CommandLine;
using EmojiDiffusion.Data;
using EmojiDiffusion.Evaluation;
using EmojiDiffusion.Training;
using LoraBridge.Diffusion.Text;
using LoraBridge.Imaging;
using static TorchSharp.torch;

namespace EmojiDiffusion.Commands;

/// <summary>Measures what an adapter of a style does to emoji that it was not trained on.</summary>
internal sealed class AdapterCommand : Command
{
    private const int GridPictures = 8;

    private static readonly Option<string> s_model = new("--model") { Description = "the model's file", Required = true };
    private static readonly Option<string> s_adapter = new("--adapter") { Description = "the adapter's file", Required = true };
    private static readonly Option<double[]> s_weights = new("--weights") { Description = "the adapter's weights", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [0, 0.5, 1] };
    private static readonly Option<int> s_count = new("--count") { Description = "how many emoji", DefaultValueFactory = _ => 40 };

    public AdapterCommand() : base("adapter", "Measure an adapter of a style: do pictures of emoji that it has not seen move towards the style?")
    {
        Option[] options = [s_model, s_adapter, s_weights, s_count, StylesCommand.Style, StylesCommand.Folder, SharedOptions.Data, SharedOptions.Font, SharedOptions.Out, SharedOptions.Vocabulary, SharedOptions.Threads, SharedOptions.Seed];
        foreach (var option in options) Add(option);
        SetAction((parsed, cancel) => Task.FromResult(Run(parsed, cancel)));
    }

    private static int Run(ParseResult parsed, CancellationToken cancel)
    {
        SharedOptions.UseThreads(parsed);
        var (model, adapter, seed) = (parsed.GetValue(s_model)!, Path.GetFullPath(parsed.GetValue(s_adapter)!), parsed.GetValue(SharedOptions.Seed));
        var styled = StylesCommand.Glyphs(parsed, split => split.HeldOut);
        var plain = GlyphSources.FromFont(parsed.GetValue(SharedOptions.Font)!, SharedOptions.Entries(parsed)).ToDictionary(glyph => glyph.Entry.Image);
        var prompts = DrawingPrompt.Spread([.. styled], Math.Min(parsed.GetValue(s_count), styled.Count), seed);
        (Glyph, BackgroundColor)[] style = [.. prompts.Select(prompt => (styled[prompt.Glyph], prompt.Background))];
        (Glyph, BackgroundColor)[] before = [.. prompts.Select(prompt => (plain[styled[prompt.Glyph].Entry.Image], prompt.Background))];
        string[] texts = [.. prompts.Select(prompt => prompt.Text)];

        using var drawing = new ModelDrawing(new() { ModelPath = model, Vocabulary = SharedOptions.VocabularyOf(parsed), LoraFolders = [Path.GetDirectoryName(adapter)!] });
        using var autoencoder = AutoencoderFile.Load(model, CPU);
        var without = drawing.Draw(texts, seed, cancel: cancel);
        Say("without", without);
        var rows = new List<(string Label, IReadOnlyList<Picture> Pictures)> { ("base", without) };
        foreach (var weight in parsed.GetValue(s_weights)!)
        {
            var pictures = drawing.Draw(texts, seed, [new LoraTag(Path.GetFileNameWithoutExtension(adapter), weight, weight, null)], cancel: cancel);
            Say($"weight {weight:0.##}", pictures);
            if (weight == 0) Console.WriteLine($"  the same pictures as without: {(pictures.Zip(without).All(pair => pair.First.Pixels.AsSpan().SequenceEqual(pair.Second.Pixels)) ? "yes" : "NO")}");
            rows.Add(($"{weight:0.##}", pictures));
        }
        var (folder, shown) = (parsed.GetValue(SharedOptions.Out)!, Math.Min(GridPictures, texts.Length));
        Directory.CreateDirectory(folder);
        PictureFile.Write(Path.Combine(folder, "adapter.png"), LabelledGrid.Of(
            [.. rows.SelectMany(row => texts.Take(shown).Select(text => $"{row.Label}: {text}"))], [.. rows.SelectMany(row => row.Pictures.Take(shown))], shown));
        return 0;

        void Say(string label, IReadOnlyList<Picture> pictures)
        {
            var quality = StyleQuality.Of(autoencoder, pictures, before, style);
            Console.WriteLine($"{label}: leaning {quality.Leaning:0.000} (-1 plain, 1 the style); distance from the style {quality.ToStyle:0.000}, from the plain glyph {quality.ToPlain:0.000}; seed {seed}, {texts.Length} emoji");
        }
    }
}
