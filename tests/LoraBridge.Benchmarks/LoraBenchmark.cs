using System.Diagnostics;
using LoraBridge.Diffusion.Models;
using LoraBridge.Diffusion.Text;
using LoraBridge.Generation;
using LoraBridge.Lora;
using LoraBridge.Torch;
using static System.FormattableString;
using static TorchSharp.torch;

namespace LoraBridge.Benchmarks;

/// <summary>What adapters cost on a full-size model: merging, acting live, changing, and grids of blends.</summary>
internal static class LoraBenchmark
{
    private const int Adapters = 4;

    public static int Run(Arguments arguments)
    {
        var folder = Directory.CreateTempSubdirectory("lorabridge-lora-");
        try
        {
            for (var i = 1; i <= Adapters; i++) RandomAdapter.Write(Path.Combine(folder.FullName, $"adapter{i}.safetensors"), arguments.Number("rank", 32), seed: i);
            set_num_threads(arguments.Number("threads", ComputeThreads.Cores));
            using var frozen = no_grad();
            var parts = arguments.Text("parts", "change,live,grid").Split(',');
            if (parts.Contains("change") || parts.Contains("live"))
            {
                using var scope = NewDisposeScope();
                using var model = StableDiffusionModel.Load(arguments.First, new() { ComputeType = TypeOf(arguments) });
                using var mixer = new LoraMixer(model);
                using var cache = new LoraCache(mixer.Layers, long.MaxValue);
                if (parts.Contains("change")) Change(mixer, cache, folder.FullName, arguments.Number("runs", 5));
                if (parts.Contains("live")) Live(model, mixer, cache, folder.FullName, arguments);
            }
            if (parts.Contains("grid")) Grid(folder.FullName, arguments);
            return 0;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static void Change(LoraMixer mixer, LoraCache cache, string folder, int runs)
    {
        // the file is in the system's cache: it was just written
        var read = Time(() => cache.Get(Adapter(folder, 1)));
        Console.WriteLine(Invariant($"read an adapter: {read * 1e3:0.0} ms, {cache.Bytes / 1e6:0.0} MB"));
        for (var i = 2; i <= Adapters; i++) cache.Get(Adapter(folder, i));
        var (one, other, both) = (Blend(cache, folder, 1), Blend(cache, folder, 2), Blend(cache, folder, 1, 2));

        var (merge, unmerge, live, change) = (new List<double>(), new List<double>(), new List<double>(), new List<double>());
        for (var i = 0; i < runs; i++)
        {
            merge.Add(Time(() => mixer.Set([one], LoraPlacement.Merged)));
            unmerge.Add(Time(mixer.Clear));
            live.Add(Time(() => mixer.Set([other], LoraPlacement.Live)));
            change.Add(Time(() => mixer.Set([both], LoraPlacement.Live)));
            mixer.Clear();
        }
        Report("merge an adapter into all its layers", merge);
        Report("take it off, bits as before", unmerge);
        Report("put one on live", live);
        Report("change to two others live", change);
    }

    private static void Live(StableDiffusionModel model, LoraMixer mixer, LoraCache cache, string folder, Arguments arguments)
    {
        var (size, batch, runs) = (arguments.Number("size", 512), arguments.Number("batch", 2), arguments.Number("runs", 5));
        var x = randn([batch, 4, size / 8, size / 8], dtype: float32, device: CPU).to(model.ComputeType);
        var t = full(batch, 500L, dtype: int64, device: CPU);
        var context = randn([batch, 77, 768], dtype: float32, device: CPU).to(model.ComputeType);
        var tiny = x.narrow(2, 0, 8).narrow(3, 0, 8).contiguous();
        var seconds = Enumerable.Range(0, Adapters + 1).Select(_ => new List<double>()).ToArray();
        var first = Enumerable.Range(0, Adapters + 1).Select(_ => new List<double>()).ToArray();
        // in turns, so that a machine that slows down slows all of them; the first round is not counted
        for (var run = 0; run <= runs; run++)
        {
            for (var count = 0; count <= Adapters; count++)
            {
                mixer.Set([Blend(cache, folder, [.. Enumerable.Range(1, count)])], LoraPlacement.Live);
                // what a change of adapters costs once, at their first use: on latents that take no time themselves
                first[count].Add(Time(() => model.UNet.call(tiny, t, context).Dispose()));
                var took = Time(() => model.UNet.call(x, t, context).Dispose());
                if (run > 0) seconds[count].Add(took);
            }
        }
        mixer.Clear();
        Console.WriteLine(Invariant($"UNet at {size} x {size}, batch {batch}, {model.ComputeType}: {UNetBenchmark.Median(seconds[0]):0.000} s without adapters"));
        for (var count = 1; count <= Adapters; count++)
        {
            var ratios = seconds[count].Zip(seconds[0], (with, without) => with / without).Order().ToList();
            var once = UNetBenchmark.Median(first[count]) - UNetBenchmark.Median(first[0]);
            Console.WriteLine(Invariant($"{count} live: ratio median {UNetBenchmark.Median(ratios):0.000}, from {ratios[0]:0.000} to {ratios[^1]:0.000}; once, at first use, {once * 1e3:0} ms"));
        }
    }

    private static void Grid(string folder, Arguments arguments)
    {
        using var pipeline = TextToImage.Load(new()
        {
            ModelPath = arguments.First,
            Model = new() { ComputeType = TypeOf(arguments) },
            LoraFolders = [folder],
            Vocabulary = new VocabularySearch { File = arguments.Text("vocabulary", "") is { Length: > 0 } file ? file : null }.WithEnvironment(Environment.GetEnvironmentVariable),
        });
        var size = arguments.Number("grid-size", 256);
        var picture = new TextToImageRequest { Prompt = "a lighthouse at dusk", Width = size, Height = size, Steps = arguments.Number("steps", 8), Seed = 1, Sampler = "Euler", LoraPlacement = LoraPlacement.Live };
        var blends = BlendGrid.Of("adapter1", [0, 0.3, 0.6, 0.9], "adapter2", [0, 0.3, 0.6, 0.9]);
        pipeline.Generate(picture with { Steps = 1, Loras = blends[^1].Loras });

        BlendPreview? preview = null;
        var together = Time(() => preview = pipeline.Preview(new() { Picture = picture, Blends = blends }));
        var (apart, largest) = (0.0, 0);
        foreach (var (blend, image) in blends.Zip(preview!.Images))
        {
            GeneratedImage? alone = null;
            apart += Time(() => alone = pipeline.Generate(picture with { Loras = blend.Loras }).Images[0]);
            largest = Math.Max(largest, alone!.Picture.Pixels.Zip(image.Picture.Pixels, (a, b) => Math.Abs(a - b)).Max());
        }
        Console.WriteLine(Invariant($"grid of {blends.Count} blends at {size} x {size}, {picture.Steps} steps: {together:0.0} s in one run, {apart:0.0} s one after another, ratio {together / apart:0.00}; largest difference {largest} of 255"));
    }

    private static ComputeType TypeOf(Arguments arguments) => arguments.Text("dtype", "float32") == "bfloat16" ? ComputeType.BFloat16 : ComputeType.Float32;

    private static string Adapter(string folder, int number) => Path.Combine(folder, $"adapter{number}.safetensors");

    private static LoraBlend Blend(LoraCache cache, string folder, params int[] numbers) =>
        new([.. numbers.Select(number => new LoraUse(cache.Get(Adapter(folder, number)), new($"adapter{number}", 0.7, 0.7, null)))]);

    private static double Time(Action action)
    {
        var watch = Stopwatch.StartNew();
        action();
        return watch.Elapsed.TotalSeconds;
    }

    private static void Report(string what, List<double> seconds) =>
        Console.WriteLine(Invariant($"{what}: median {UNetBenchmark.Median(seconds) * 1e3:0.0} ms, {seconds.Min() * 1e3:0.0} to {seconds.Max() * 1e3:0.0}"));
}
