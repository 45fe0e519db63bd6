using System.Globalization;
using LoraBridge.Checkpoints;
using LoraBridge.Training.Schedules;
using LoraBridge.Training.Settings;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Goldens;

/// <summary>schedule.safetensors, <c>lr.*</c>: learning rates of 100 steps, 10 of them warm-up, from 1e-4.</summary>
internal static class LearningRateGoldens
{
    private const double LearningRate = 1e-4;

    public static readonly GoldenCheck Check = new("schedule.safetensors", Cases, Run);

    private static IEnumerable<string> Cases(string path)
    {
        using var file = CheckpointFile.Open(path);
        return [.. file.Tensors.Keys.Where(name => name.StartsWith("lr.", StringComparison.Ordinal))];
    }

    private static void Run(string path, string name)
    {
        using var scope = NewDisposeScope();
        using var file = CheckpointFile.Open(path);
        var expected = file.Read(name).data<double>().ToArray();
        var schedule = new LearningRateSchedule(Options(name), expected.Length, LearningRate);
        for (var step = 0; step < expected.Length; step++)
            Assert.True(Math.Abs(expected[step] - LearningRate * schedule.Factor(step)) <= 1e-18, $"{name}[{step}]: expected {expected[step]:g12}, got {LearningRate * schedule.Factor(step):g12}");
    }

    private static ScheduleOptions Options(string name)
    {
        var options = new ScheduleOptions { Warmup = StepAmount.Steps(10) };
        return name.Split('.', 3) switch
        {
            ["lr", "constant"] => options with { Scheduler = SchedulerKind.Constant },
            ["lr", "constant_with_warmup"] => options with { Scheduler = SchedulerKind.ConstantWithWarmup },
            ["lr", "linear"] => options with { Scheduler = SchedulerKind.Linear },
            ["lr", "cosine"] => options with { Scheduler = SchedulerKind.Cosine },
            ["lr", "cosine_with_restarts", var cycles] => options with { Scheduler = SchedulerKind.CosineWithRestarts, Cycles = Number(cycles, "num_cycles") },
            ["lr", "polynomial", var power] => options with { Scheduler = SchedulerKind.Polynomial, Power = Number(power, "power") },
            _ => throw new ArgumentException($"no check for {name}", nameof(name)),
        };
    }

    private static double Number(string text, string key) => double.Parse(text.AsSpan(key.Length), CultureInfo.InvariantCulture);
}
