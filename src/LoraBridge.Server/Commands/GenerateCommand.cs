using LoraBridge.Diffusion;
using LoraBridge.Diffusion.Models;
using LoraBridge.Generation;
using System.CommandLine;
using System.Diagnostics;

namespace LoraBridge.Server.Commands;

/// <summary>Makes pictures in this process, without a server.</summary>
internal sealed class GenerateCommand : DocumentedCommand
{
    public GenerateCommand() : base("generate", "Make pictures from a prompt and write them to files.")
    {
        Add(SharedOptions.ModelOption);
        foreach (var option in GenerateOptions.All) Add(option);
        Add(SharedOptions.DataOption);
        Add(SharedOptions.TorchOption);
        Add(SharedOptions.DeviceOption);
        Add(SharedOptions.DtypeOption);
        Add(SharedOptions.VocabularyOption);
        Add(SharedOptions.WebUiOption);
        Validators.Add(result =>
        {
            if (result.GetResult(SharedOptions.ModelOption) is null) result.AddError("--model: no checkpoint is named. Give the path of a Stable Diffusion 1.x model: --model FILE");
        });
        SetAction((parsed, cancel) => Task.FromResult(Run(parsed, cancel)));
    }

    public override IReadOnlyList<string> Notes =>
    [
        "The paths of the pictures go to standard output, progress to standard error. Each batch is written as soon as it is done; Ctrl+C stops after the current step and keeps what was written.",
        "A picture carries how it was made, as the WebUI writes it.",
    ];

    public override IReadOnlyList<string> Examples =>
    [
        "./lorabridge generate --model sd15.safetensors --prompt \"a lighthouse at dusk\" --out a.png",
        "./lorabridge generate --model sd15.safetensors --prompt \"a (red:1.3) fox\" --negative blurry --sampler \"DPM++ 2M\" --scheduler Karras --steps 25 --seed 7 --out fox.png",
        "./lorabridge generate --model sd15.safetensors --prompt \"a harbour\" --count 8 --batch 4 --out harbour.webp",
    ];

    private static int Run(ParseResult parsed, CancellationToken cancel)
    {
        var (shared, wanted) = (SharedOptions.From(parsed), GenerateOptions.From(parsed));
        var (output, error) = (parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error);
        var data = new DataFolder(shared.Data);
        var asked = new OutputFile(wanted.Out, data);
        asked.CheckThatItCanBeWritten();
        // read once, when torch is loaded
        if (shared.Torch is { } torch) Environment.SetEnvironmentVariable("LORABRIDGE_TORCH", torch);

        var display = ProgressDisplay.OnStandardError(error);
        using var pipeline = display.Run("loading", progress => TextToImage.Load(
            Pipeline(shared, wanted, data), new Forward<LoadProgress>(progress, at => at.BytesTotal == 0 ? 1 : (double)at.BytesRead / at.BytesTotal), cancel));

        var watch = Stopwatch.StartNew();
        var seed = wanted.Seed >= 0 ? wanted.Seed : Random.Shared.NextInt64(uint.MaxValue);
        var written = display.Run("sampling", progress => Generate(pipeline, wanted, seed, asked, progress, cancel));
        foreach (var path in written) output.WriteLine(path);
        foreach (var note in pipeline.Notes) error.WriteLine($"lorabridge: {note}");
        error.WriteLine($"lorabridge: {written.Count} picture(s), seed {seed}{(written.Count > 1 ? " and up" : "")}, {watch.Elapsed.TotalSeconds:0.0} s");
        return 0;
    }

    /// <summary>Batch by batch, so that what is done is on disk when the rest is stopped or fails.</summary>
    private static List<string> Generate(
        TextToImage pipeline, GenerateOptions wanted, long seed, OutputFile asked, IProgress<double> progress, CancellationToken cancel)
    {
        var written = new List<string>();
        for (var first = 0; first < wanted.Count; first += wanted.Batch)
        {
            var (done, count) = (first, Math.Min(wanted.Batch, wanted.Count - first));
            var steps = new Forward<SamplingProgress>(progress, at => (done + (at.Fraction * count)) / wanted.Count);
            foreach (var image in pipeline.Generate(Request(wanted, seed + first, count), steps, cancel).Images)
                written.Add(asked.Write(image.Picture, image.Seed));
        }
        return written;
    }

    private static TextToImageOptions Pipeline(SharedOptions shared, GenerateOptions wanted, DataFolder data) => new()
    {
        ModelPath = shared.Model!,
        Model = new ModelOptions
        {
            Device = DeviceNames.Resolve(shared.Device),
            ComputeType = shared.Dtype switch
            {
                "float32" => ComputeType.Float32,
                "float16" => ComputeType.Float16,
                "bfloat16" => ComputeType.BFloat16,
                _ => ComputeType.Auto,
            },
            AutoencoderPath = wanted.Vae,
        },
        Vocabulary = shared.VocabularySearch(),
        CacheFolder = data.Cache,
    };

    private static TextToImageRequest Request(GenerateOptions wanted, long seed, int count) => new()
    {
        Prompt = wanted.Prompt,
        NegativePrompt = wanted.Negative,
        Width = wanted.Width,
        Height = wanted.Height,
        Steps = wanted.Steps,
        Sampler = wanted.Sampler,
        Scheduler = wanted.Scheduler,
        GuidanceScale = wanted.Cfg,
        Seed = seed,
        Count = count,
        BatchSize = count,
        ClipSkip = wanted.ClipSkip,
        StartNoisePath = wanted.Noise,
    };

    /// <summary>Passes progress on as a fraction.</summary>
    private sealed class Forward<T>(IProgress<double> to, Func<T, double> fraction) : IProgress<T>
    {
        public void Report(T value) => to.Report(fraction(value));
    }
}
