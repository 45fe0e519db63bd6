using LoraBridge.Diffusion.Text;
using LoraBridge.Generation;
using LoraBridge.Imaging;
using System.CommandLine;
using System.Diagnostics;
using System.Globalization;

namespace LoraBridge.Server.Commands;

/// <summary>Draws blends of adapters beside one another.</summary>
internal sealed class BlendCommand : DocumentedCommand
{
    private static readonly Option<Axis?> s_across = OptionKinds.Parsed<Axis?>("--across", "NAME=W,W,…",
        "A LoRA whose weight changes from left to right, with its weights.", () => null, Axis.Read);

    private static readonly Option<Axis?> s_down = OptionKinds.Parsed<Axis?>("--down", "NAME=W,W,…",
        "A LoRA whose weight changes from row to row.", () => null, Axis.Read);

    private static readonly Option<IReadOnlyList<Blend>> s_blends = OptionKinds.Several("--blend", "TAGS",
        "A blend of one's own as tags, such as '<lora:ink:0.5><lora:fog:0.3:0.6>'; may be given several times. An empty text is the base model.", ReadBlend);

    private static readonly Option<int> s_columns = OptionKinds.Integer("--columns", "N",
        "Pictures side by side; 0 for a row for each --down weight, else about as many columns as rows. Default: 0.", 0, 0, 400);

    private static readonly Option<int> s_atOnce = OptionKinds.Integer("--batch", "N",
        "Pictures denoised together: fewer take less memory. Default: 0, which is 16 at 256 x 256, 4 at 512 x 512.", 0, 0, 64);

    private static readonly Option<bool> s_sheetOnly = OptionKinds.Switch("--sheet-only", "Write the sheet alone, and not each picture beside it.");

    // every blend is drawn with one seed, so there is nothing to count
    private static readonly IReadOnlyList<Option> s_picture = [.. GenerateOptions.All.Except([GenerateOptions.CountOption, GenerateOptions.BatchOption])];

    public BlendCommand() : base("blend", "Draw weighted blends of LoRAs side by side, with one prompt and one seed, to choose from.")
    {
        Pipeline.AddOptions(this, [s_across, s_down, s_blends, .. s_picture, s_columns, s_atOnce, s_sheetOnly]);
        Validators.Add(result =>
        {
            if (result.GetResult(s_across) is null && result.GetResult(s_down) is null && result.GetResult(s_blends) is null)
                result.AddError("there is nothing to blend. Give --across NAME=0,0.5,1 (and --down for a second LoRA), or --blend '<lora:NAME:0.5>'");
        });
        SetAction((parsed, cancel) => Task.FromResult(Run(parsed, cancel)));
    }

    public override IReadOnlyList<string> Notes =>
    [
        "All blends are denoised together, each with adapter weights of its own, so a grid takes little longer than its pictures would in a batch. Each picture carries its blend as tags in its generation text: paste it into the WebUI and it comes out the same.",
        "The sheet goes to --out, the single pictures into a folder of its name beside it.",
    ];

    public override IReadOnlyList<string> Examples =>
    [
        "./lorabridge blend --model sd15.safetensors --prompt \"a lighthouse\" --across ink=0,0.4,0.8,1.2 --down fog=0,0.3,0.6,0.9 --out grid.png",
        "./lorabridge blend --model sd15.safetensors --prompt \"a fox\" --across ink=0,0.25,0.5,0.75,1 --columns 5 --seed 7",
        "./lorabridge blend --model sd15.safetensors --prompt \"a fox\" --blend '' --blend '<lora:ink:0.6>' --blend '<lora:ink:0.6:start=0.3><lora:fog:0.4>'",
    ];

    private static int Run(ParseResult parsed, CancellationToken cancel)
    {
        var wanted = Pipeline.Wanted(parsed);
        var (output, error) = (parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
        var data = new DataFolder(SharedOptions.From(parsed).Data);
        var asked = new OutputFile(wanted.Out, data);
        asked.CheckThatItCanBeWritten();

        var display = ProgressDisplay.OnStandardError(error);
        using var pipeline = Pipeline.Load(parsed, data, display, cancel);
        var watch = Stopwatch.StartNew();
        var seed = wanted.Seed >= 0 ? wanted.Seed : Random.Shared.NextInt64(uint.MaxValue);
        var request = Request(parsed, Pipeline.Request(parsed, wanted, seed, 1));
        var preview = display.Run("blending", progress => pipeline.Preview(request, new FractionProgress<SamplingProgress>(progress, at => at.Fraction), cancel));

        var sheet = asked.Write(preview.Sheet, seed);
        output.WriteLine(sheet);
        if (!parsed.GetValue(s_sheetOnly)) foreach (var path in WriteSingles(sheet, request, preview)) output.WriteLine(path);
        foreach (var note in preview.Warnings.Select(warning => warning.Reason).Concat(pipeline.Notes)) error.WriteLine($"lorabridge: {note}");
        error.WriteLine($"lorabridge: {preview.Images.Count} blend(s), seed {seed}, {watch.Elapsed.TotalSeconds:0.0} s");
        return 0;
    }

    private static BlendPreviewRequest Request(ParseResult parsed, TextToImageRequest picture)
    {
        var (across, down, blends) = (parsed.GetValue(s_across), parsed.GetValue(s_down), parsed.GetValue(s_blends) ?? []);
        IReadOnlyList<Blend> grid =
            across is not null && down is not null ? BlendGrid.Of(across.Name, across.Weights, down.Name, down.Weights)
            : (across ?? down) is { } only ? BlendGrid.Of(only.Name, only.Weights) : [];
        int? columns = parsed.GetValue(s_columns) is > 0 and var given ? given
            : across is not null && blends.Count == 0 ? across.Weights.Count
            : down is not null && blends.Count == 0 ? 1 : null;
        return new()
        {
            Picture = picture,
            Blends = [.. grid, .. blends],
            Columns = columns,
            PicturesAtOnce = parsed.GetValue(s_atOnce) is > 0 and var atOnce ? atOnce : null,
        };
    }

    private static IEnumerable<string> WriteSingles(string sheet, BlendPreviewRequest request, BlendPreview preview)
    {
        var folder = Path.Combine(Path.GetDirectoryName(sheet)!, Path.GetFileNameWithoutExtension(sheet));
        var free = folder;
        for (var n = 2; Path.Exists(free); n++) free = $"{folder}-{n}";
        Directory.CreateDirectory(free);
        foreach (var (i, image) in preview.Images.Index())
        {
            var title = string.Concat(request.Blends[i].Title.Select(letter => char.IsLetterOrDigit(letter) || letter is '.' or '-' or '+' or ' ' ? letter : '_'));
            var path = Path.Combine(free, $"{i + 1:00} {(title.Length > 80 ? title[..80] : title).Trim()}.png");
            PictureFile.Write(path, image.Picture);
            yield return path;
        }
    }

    private static Blend ReadBlend(string text)
    {
        var warnings = new List<PromptWarning>();
        var tags = ExtraNetworkTags.Parse(text);
        var loras = tags.Loras(warnings);
        if (warnings.Count > 0) throw new FormatException(warnings[0].Reason.TrimEnd('.'));
        if (tags.Prompt.Trim().Length > 0) throw new FormatException($"'{tags.Prompt.Trim()}' is no tag. Give tags only, such as <lora:name:0.5>; the prompt goes into --prompt");
        return new() { Loras = loras };
    }

    /// <summary>A LoRA at several weights.</summary>
    private sealed record Axis(string Name, IReadOnlyList<double> Weights)
    {
        public static Axis Read(string text)
        {
            var split = text.LastIndexOf('=');
            if (split < 1) throw new FormatException($"'{text}' has no name and weights. Give NAME=0,0.5,1");
            var weights = new List<double>();
            foreach (var part in text[(split + 1)..].Split(','))
            {
                if (!double.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out var weight) || !double.IsFinite(weight))
                    throw new FormatException($"'{part}' is not a weight. Give numbers with a decimal point between commas, as in {text[..split]}=0,0.5,1");
                weights.Add(weight);
            }
            return new(text[..split], weights);
        }
    }
}
