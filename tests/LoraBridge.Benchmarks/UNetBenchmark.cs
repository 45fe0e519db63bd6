using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using LoraBridge.Diffusion.Models;
using LoraBridge.Torch;
using static TorchSharp.torch;

namespace LoraBridge.Benchmarks;

/// <summary>One evaluation of the full-size UNet, ours and Python's in turns.</summary>
internal static class UNetBenchmark
{
    /// <summary>What one process measured.</summary>
    internal sealed record Result(string Torch, long Parameters, double[] Seconds, double[] CpuSeconds, double PeakMib);

    internal static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public static int Run(Arguments arguments)
    {
        var pairs = arguments.Number("pairs", 3);
        var ours = new List<Result>();
        var theirs = new List<Result>();
        for (var i = 0; i < pairs; i++)
        {
            ours.Add(Child(Environment.ProcessPath!, ["exec", typeof(UNetBenchmark).Assembly.Location, "unet-once", .. arguments.Words]));
            theirs.Add(Child("/usr/bin/python3", [Path.Combine(AppContext.BaseDirectory, "peer", "unet.py"), .. PeerArguments(arguments)]));
            Console.WriteLine(Line("ours  ", ours[^1]));
            Console.WriteLine(Line("python", theirs[^1]));
        }
        Compare(ours, theirs);
        return 0;
    }

    /// <summary>Prints ours over theirs, pair by pair.</summary>
    internal static void Compare(List<Result> ours, List<Result> theirs)
    {
        var ratios = ours.Zip(theirs, (a, b) => Median(a.Seconds) / Median(b.Seconds)).Order().ToArray();
        var cpu = ours.Zip(theirs, (a, b) => Median(a.CpuSeconds) / Median(b.CpuSeconds)).ToArray();
        var memory = ours.Zip(theirs, (a, b) => a.PeakMib / b.PeakMib).Order().ToArray();
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"time ours/python: median {Median(ratios):0.000}, from {ratios[0]:0.000} to {ratios[^1]:0.000}"));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"CPU time ours/python: median {Median(cpu):0.000}"));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"peak memory ours/python: median {Median(memory):0.000}"));
    }

    public static int RunOnce(Arguments arguments)
    {
        var type = arguments.Text("dtype", "float32") == "bfloat16" ? bfloat16 : float32;
        var (size, batch) = (arguments.Number("size", 512), arguments.Number("batch", 2));
        set_num_threads(arguments.Number("threads", ComputeThreads.Cores));
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        manual_seed(0);
        using var unet = new UNet2DConditionModel(UNetConfig.Sd15) { ComputeType = type };
        ModelWeights.Fill(unet, (_, shape) => RandomCheckpoint.Weight(shape, type));
        var x = randn([batch, 4, size / 8, size / 8], dtype: float32, device: CPU).to(type);
        var t = full(batch, 500L, dtype: int64, device: CPU);
        var context = randn([batch, 77, 768], dtype: float32, device: CPU).to(type);

        var (seconds, cpu) = (new List<double>(), new List<double>());
        using var process = Process.GetCurrentProcess();
        for (var i = 0; i <= arguments.Number("runs", 3); i++)
        {
            using var run = NewDisposeScope();
            process.Refresh();
            var (watch, cpuBefore) = (Stopwatch.StartNew(), process.TotalProcessorTime);
            unet.call(x, t, context);
            seconds.Add(watch.Elapsed.TotalSeconds);
            process.Refresh();
            cpu.Add((process.TotalProcessorTime - cpuBefore).TotalSeconds);
        }
        Console.WriteLine(JsonSerializer.Serialize(new Result(TorchExtras.Supply, unet.parameters().Sum(p => p.numel()), [.. seconds.Skip(1)], [.. cpu.Skip(1)], PeakMib()), Json));
        return 0;
    }

    /// <summary>The most memory that this process ever held.</summary>
    internal static double PeakMib()
    {
        var line = File.ReadLines("/proc/self/status").First(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024.0;
    }

    internal static double Median(IReadOnlyList<double> values) => values.Order().ElementAt(values.Count / 2);

    // the same number of threads: left to itself, Debian's torch takes one
    private static IEnumerable<string> PeerArguments(Arguments arguments) =>
    [
        "--threads", $"{ComputeThreads.Cores}",
        .. arguments.Words.Where((word, i) => word != "--pairs" && (i == 0 || arguments.Words[i - 1] != "--pairs")),
    ];

    internal static Result Child(string program, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true };
        start.Environment.Remove("OPENBLAS_CORETYPE");
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0) throw new InvalidOperationException($"{program} ended with {process.ExitCode}");
        return JsonSerializer.Deserialize<Result>(output.Trim().Split('\n')[^1], Json)!;
    }

    internal static string Line(string who, Result result) => string.Create(CultureInfo.InvariantCulture,
        $"{who} {Median(result.Seconds),7:0.00} s (from {result.Seconds.Min():0.00} to {result.Seconds.Max():0.00}), CPU {Median(result.CpuSeconds):0.00} s, peak {result.PeakMib:0} MiB, {result.Torch}, {result.Parameters:N0} parameters");
}
