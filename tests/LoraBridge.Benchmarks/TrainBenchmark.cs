using System.Diagnostics;
using System.Text.Json;
using LoraBridge.Diffusion;
using LoraBridge.Diffusion.Models;
using LoraBridge.Torch;
using LoraBridge.Training.Network;
using LoraBridge.Training.Objective;
using LoraBridge.Training.Optimizers;
using LoraBridge.Training.Settings;
using static TorchSharp.torch;

namespace LoraBridge.Benchmarks;

/// <summary>Training steps on the full-size UNet, ours and Python's in turns: a LoRA on the attention, latents and text states ready.</summary>
internal static class TrainBenchmark
{
    private static readonly string[] s_ownOptions = ["--pairs", "--checkpointing"];

    public static int Run(Arguments arguments)
    {
        var (ours, theirs) = (new List<UNetBenchmark.Result>(), new List<UNetBenchmark.Result>());
        for (var i = 0; i < arguments.Number("pairs", 2); i++)
        {
            ours.Add(UNetBenchmark.Child(Environment.ProcessPath!, ["exec", typeof(TrainBenchmark).Assembly.Location, "train-once", .. arguments.Words]));
            theirs.Add(UNetBenchmark.Child("/usr/bin/python3", [Path.Combine(AppContext.BaseDirectory, "peer", "train.py"), .. PeerArguments(arguments)]));
            Console.WriteLine(UNetBenchmark.Line("ours  ", ours[^1]));
            Console.WriteLine(UNetBenchmark.Line("python", theirs[^1]));
        }
        UNetBenchmark.Compare(ours, theirs);
        return 0;
    }

    public static int RunOnce(Arguments arguments)
    {
        var type = arguments.Text("dtype", "float32") == "bfloat16" ? bfloat16 : float32;
        var (size, batch) = (arguments.Number("size", 512), arguments.Number("batch", 1));
        set_num_threads(arguments.Number("threads", ComputeThreads.Cores));
        manual_seed(0);
        using var scope = NewDisposeScope();
        using var unet = new UNet2DConditionModel(UNetConfig.Sd15) { ComputeType = type };
        ModelWeights.Fill(unet, (_, shape) => RandomCheckpoint.Weight(shape, type));
        unet.Checkpointing = Enum.Parse<Checkpointing>(arguments.Text("checkpointing", "None"), ignoreCase: true);

        var options = new TrainingOptions
        {
            Network = new() { Rank = arguments.Number("rank", 8), Targets = NetworkTargets.Attention, TrainTextEncoder = false },
            Optimizer = new() { LearningRate = 1e-4 },
        };
        // the text encoder is not trained: its layers need no weights
        using var network = TrainableNetwork.Create(new(unet, new ClipTextModel(ClipTextConfig.Sd15), CPU), options, seed: 1);
        using var optimizer = OptimizerFactory.Create(options.Optimizer, network.Groups);
        var gradients = new GradientStep(optimizer, new(false), maxNorm: 1);
        var objective = new DenoisingObjective(options.Loss, NoiseSchedule.StableDiffusionTraining, PredictionType.Epsilon);
        var (noise, timesteps) = (new TrainingNoise(options.Noise), new TimestepSampler(options.Timesteps));
        network.Attach();

        var latents = randn([batch, 4, size / 8, size / 8], dtype: float32, device: CPU);
        var context = randn([batch, 77, 768], dtype: float32, device: CPU).to(type);
        var (seconds, cpu) = (new List<double>(), new List<double>());
        using var process = Process.GetCurrentProcess();
        for (var step = 0; step <= arguments.Number("runs", 3); step++)
        {
            using var run = NewDisposeScope();
            process.Refresh();
            var (watch, cpuBefore) = (Stopwatch.StartNew(), process.TotalProcessorTime);
            var place = new DrawPlace(1, step, 0);
            network.Place = place;
            var (target, input) = noise.Draw(latents, place);
            var at = timesteps.Draw(place, batch);
            var t = tensor(at, device: CPU);
            var prediction = unet.call(objective.Noisy(latents, input, t).to(type), t, context).to(float32);
            var loss = objective.Compute(prediction, objective.Target(latents, target, t), new() { Timesteps = at, Place = place });
            gradients.Accumulate(loss.Loss);
            gradients.Apply();
            seconds.Add(watch.Elapsed.TotalSeconds);
            process.Refresh();
            cpu.Add((process.TotalProcessorTime - cpuBefore).TotalSeconds);
        }
        Console.WriteLine(JsonSerializer.Serialize(new UNetBenchmark.Result(TorchExtras.Supply, network.TrainedNumbers, [.. seconds.Skip(1)], [.. cpu.Skip(1)], UNetBenchmark.PeakMib()), UNetBenchmark.Json));
        return 0;
    }

    // the same number of threads, and checkpointing of whole blocks where ours recomputes anything
    private static IEnumerable<string> PeerArguments(Arguments arguments)
    {
        yield return "--threads";
        yield return $"{ComputeThreads.Cores}";
        if (!arguments.Text("checkpointing", "None").Equals("None", StringComparison.OrdinalIgnoreCase)) yield return "--checkpointing";
        for (var i = 0; i < arguments.Words.Count; i++)
            if (!s_ownOptions.Contains(arguments.Words[i]) && (i == 0 || !s_ownOptions.Contains(arguments.Words[i - 1]))) yield return arguments.Words[i];
    }
}
