using LoraBridge.Generation;
using System.CommandLine;
using System.Diagnostics;

namespace LoraBridge.Server.Commands;

/// <summary>Makes pictures in this process, without a server.</summary>
internal sealed class GenerateCommand : DocumentedCommand
{
    public GenerateCommand() : base("generate", "Make pictures from a prompt and write them to files.")
    {
        Pipeline.AddOptions(this, GenerateOptions.All);
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
        "./lorabridge generate --model sd15.safetensors --prompt \"a harbour <lora:ink:0.8>\" --lora-dir ~/loras --count 8 --batch 4 --out harbour.webp",
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
        var written = display.Run("sampling", progress => Generate(parsed, pipeline, wanted, seed, asked, progress, cancel));
        foreach (var path in written.Paths) output.WriteLine(path);
        foreach (var note in written.Warnings.Concat(pipeline.Notes)) error.WriteLine($"lorabridge: {note}");
        error.WriteLine($"lorabridge: {written.Paths.Count} picture(s), seed {seed}{(written.Paths.Count > 1 ? " and up" : "")}, {watch.Elapsed.TotalSeconds:0.0} s");
        return 0;
    }

    /// <summary>Batch by batch, so that what is done is on disk when the rest is stopped or fails.</summary>
    private static (List<string> Paths, IEnumerable<string> Warnings) Generate(
        ParseResult parsed, TextToImage pipeline, GenerateOptions wanted, long seed, OutputFile asked, IProgress<double> progress, CancellationToken cancel)
    {
        var (written, warnings) = (new List<string>(), new HashSet<string>(StringComparer.Ordinal));
        for (var first = 0; first < wanted.Count; first += wanted.Batch)
        {
            var (done, count) = (first, Math.Min(wanted.Batch, wanted.Count - first));
            var steps = new FractionProgress<SamplingProgress>(progress, at => (done + (at.Fraction * count)) / wanted.Count);
            var result = pipeline.Generate(Pipeline.Request(parsed, wanted, seed + first, count), steps, cancel);
            foreach (var image in result.Images) written.Add(asked.Write(image.Picture, image.Seed));
            foreach (var warning in result.Warnings) warnings.Add(warning.Reason);
        }
        return (written, warnings);
    }
}
