using System.Diagnostics;
using System.Globalization;
using LoraBridge.Diffusion.Text;
using LoraBridge.Generation;
using LoraBridge.Imaging;
using LoraBridge.Training;
using LoraBridge.Training.Settings;
using static System.FormattableString;

namespace LoraBridge.Benchmarks;

/// <summary>
/// Whether training teaches anything: the loss on pictures that are not trained, with fixed noise, before and after, for several seeds;
/// and a picture drawn without and with the adapter.
/// </summary>
internal static class LearnBenchmark
{
    private static readonly (string Name, byte R, byte G, byte B)[] s_colors =
        [("red", 220, 40, 40), ("green", 40, 170, 60), ("blue", 50, 80, 220), ("yellow", 240, 210, 40), ("purple", 140, 50, 180), ("white", 245, 245, 245), ("black", 20, 20, 20)];

    private static readonly string[] s_shapes = ["circle", "square", "ring", "cross"];

    public static int Run(Arguments arguments)
    {
        var output = Directory.CreateDirectory(arguments.Text("out", "learn")).FullName;
        var size = arguments.Number("size", 128);
        var pictures = arguments.Text("pictures", "") is { Length: > 0 } given ? given : Draw(Path.Combine(output, "pictures"), size);
        var count = Directory.EnumerateFiles(pictures).Count(path => path.EndsWith(".png", StringComparison.OrdinalIgnoreCase) || path.EndsWith(".jpg", StringComparison.OrdinalIgnoreCase));
        var vocabulary = new VocabularySearch { File = arguments.Text("vocabulary", "") is { Length: > 0 } path ? path : null };

        var (before, after, seconds) = (new List<double>(), new List<double>(), new List<double>());
        for (var seed = 1; seed <= arguments.Number("seeds", 3); seed++)
        {
            var options = Options(arguments, pictures, Path.Combine(output, $"seed{seed}"), size, seed) with
            {
                // the same pictures are set aside for every seed, and looked at with the same noise
                Validation = new() { Split = Math.Max(0, count - arguments.Number("train", 20)) / (double)count, Seed = 1, Timesteps = [100, 300, 500, 700, 900] },
            };
            var watch = Stopwatch.StartNew();
            var result = LoraTrainer.Run(options, new() { Vocabulary = vocabulary });
            seconds.Add(watch.Elapsed.TotalSeconds);
            before.Add(result.HeldOut!.Before);
            after.Add(result.HeldOut.After);
            Console.WriteLine(Invariant($"seed {seed}: held-out loss {before[^1]:0.0000} -> {after[^1]:0.0000} (ratio {after[^1] / before[^1]:0.000}), {result.Steps} steps in {seconds[^1]:0.0} s"));
        }
        var ratios = before.Zip(after, (b, a) => a / b).ToList();
        Console.WriteLine(Invariant($"ratio after/before: mean {ratios.Average():0.000}, from {ratios.Min():0.000} to {ratios.Max():0.000}"));
        Pair(arguments, Path.Combine(output, "seed1"), Path.Combine(output, "pair.png"), vocabulary, size);
        return ratios.Max() < 1 ? 0 : 1;
    }

    private static TrainingOptions Options(Arguments arguments, string pictures, string folder, int size, int seed) => new()
    {
        Model = new() { Path = arguments.First },
        Data = [new() { Folder = pictures }],
        Buckets = new() { Width = size, Height = size, MinimumSide = 64, Step = 8 },
        Network = new() { Rank = arguments.Number("rank", 8), Alpha = arguments.Number("rank", 8), Targets = NetworkTargets.AttentionAndMlp },
        Optimizer = new() { LearningRate = double.Parse(arguments.Text("rate", "1e-3"), CultureInfo.InvariantCulture) },
        Schedule = new() { Warmup = StepAmount.Steps(10) },
        Precision = new() { GradientCheckpointing = false },
        Loop = new() { BatchSize = arguments.Number("batch", 4), Steps = arguments.Number("steps", 200), Seed = seed },
        Saving = new() { Folder = folder, Name = "learned", EverySteps = null },
    };

    // the trained adapter's effect on one prompt and seed, side by side: weight 0, half, whole
    private static void Pair(Arguments arguments, string folder, string path, VocabularySearch vocabulary, int size)
    {
        using var pipeline = TextToImage.Load(new() { ModelPath = arguments.First, Vocabulary = vocabulary, LoraFolders = [folder] });
        var sheet = pipeline.Preview(new()
        {
            Picture = new() { Prompt = arguments.Text("prompt", "a red circle, stripes"), Width = size, Height = size, Steps = 20, Seed = 1 },
            Blends = [.. new[] { 0, 0.5, 1 }.Select(weight => new Blend { Loras = weight == 0 ? [] : [new("learned", weight, weight, null)] })],
            PicturesAtOnce = 3,
        });
        PictureFile.Write(path, sheet.Sheet);
        Console.WriteLine(path);
    }

    // shapes on slanting stripes: all have in common what no caption says
    private static string Draw(string folder, int size)
    {
        Directory.CreateDirectory(folder);
        foreach (var (c, color) in s_colors.Index())
        {
            foreach (var (s, shape) in s_shapes.Index())
            {
                var picture = new Picture(size, size, 3);
                for (var y = 0; y < size; y++)
                {
                    for (var x = 0; x < size; x++)
                    {
                        var (u, v) = ((x + 0.5) / size - 0.5 - 0.03 * (c - 3), (y + 0.5) / size - 0.5 + 0.03 * (s - 1));
                        var isStripe = (x + y) * 12 / size % 2 == 0;
                        var (r, g, b) = IsInside(shape, u, v) ? (color.R, color.G, color.B) : isStripe ? ((byte)250, (byte)150, (byte)60) : ((byte)40, (byte)60, (byte)90);
                        (picture.Pixels[3 * (y * size + x)], picture.Pixels[3 * (y * size + x) + 1], picture.Pixels[3 * (y * size + x) + 2]) = (r, g, b);
                    }
                }
                PictureFile.Write(Path.Combine(folder, $"{color.Name}-{shape}.png"), picture);
                File.WriteAllText(Path.Combine(folder, $"{color.Name}-{shape}.txt"), $"a {color.Name} {shape}, stripes");
            }
        }
        return folder;
    }

    private static bool IsInside(string shape, double u, double v) => shape switch
    {
        "circle" => u * u + v * v < 0.09,
        "square" => Math.Max(Math.Abs(u), Math.Abs(v)) < 0.27,
        "ring" => u * u + v * v is < 0.1 and > 0.04,
        _ => Math.Min(Math.Abs(u), Math.Abs(v)) < 0.09 && Math.Max(Math.Abs(u), Math.Abs(v)) < 0.32,
    };
}
