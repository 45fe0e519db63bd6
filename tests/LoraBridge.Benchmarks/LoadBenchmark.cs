using System.Diagnostics;
using System.Globalization;
using LoraBridge.Diffusion.Models;

namespace LoraBridge.Benchmarks;

/// <summary>How long a checkpoint takes from its path to a model that can run.</summary>
internal static class LoadBenchmark
{
    public static int Run(Arguments arguments)
    {
        var type = Enum.Parse<ComputeType>(arguments.Text("dtype", "auto"), ignoreCase: true);
        var bytes = new FileInfo(arguments.First).Length;
        for (var i = 0; i < arguments.Number("runs", 3); i++)
        {
            var watch = Stopwatch.StartNew();
            using var model = StableDiffusionModel.Load(arguments.First, new() { ComputeType = type });
            var seconds = watch.Elapsed.TotalSeconds;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"loaded in {seconds:0.00} s ({bytes / seconds / 1e9:0.00} GB/s), computing in {model.ComputeType}, peak {UNetBenchmark.PeakMib():0} MiB"));
        }
        return 0;
    }
}
