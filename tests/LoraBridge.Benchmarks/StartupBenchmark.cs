using System.Diagnostics;
using static System.FormattableString;

namespace LoraBridge.Benchmarks;

/// <summary>How long a server takes from its process's start to its first answer.</summary>
internal static class StartupBenchmark
{
    public static async Task<int> RunAsync(Arguments arguments)
    {
        var seconds = new List<double>();
        for (var i = 0; i < arguments.Number("runs", 10); i++)
        {
            var watch = Stopwatch.StartNew();
            using var server = await ServedProcess.StartAsync(arguments.Text("server", "")).ConfigureAwait(false);
            await server.GetAsync("/lorabridge/v1/health").ConfigureAwait(false);
            seconds.Add(watch.Elapsed.TotalSeconds);
        }
        seconds.Sort();
        Console.WriteLine(Invariant($"first answer after {seconds[seconds.Count / 2]:0.00} s (median of {seconds.Count}; from {seconds[0]:0.00} to {seconds[^1]:0.00})"));
        return 0;
    }
}
