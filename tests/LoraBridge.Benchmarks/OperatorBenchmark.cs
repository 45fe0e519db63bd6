using System.Diagnostics;
using System.Globalization;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LoraBridge.Benchmarks;

/// <summary>The cost of a call itself: tensors so small that there is nothing to compute.</summary>
internal static class OperatorBenchmark
{
    public static int Run()
    {
        set_num_threads(1);
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        var (a, b) = (randn([2, 2], dtype: float32, device: CPU), randn([2, 2], dtype: float32, device: CPU));
        var x = randn([1, 4, 4, 4], dtype: float32, device: CPU);
        var w = randn([4, 4, 3, 3], dtype: float32, device: CPU);
        Time("add", () => a.add(b));
        Time("view", () => a.view(4));
        Time("linear", () => functional.linear(a, b));
        Time("group_norm", () => functional.group_norm(x, 2));
        Time("conv2d", () => functional.conv2d(x, w, padding: [1, 1]));
        Time("shape", () => a.shape.Length);
        return 0;
    }

    private static void Time<T>(string name, Func<T> call)
    {
        const int calls = 200_000;
        var best = double.MaxValue;
        for (var round = 0; round < 5; round++)
        {
            var watch = Stopwatch.StartNew();
            for (var i = 0; i < calls / 1000; i++)
            {
                using var scope = NewDisposeScope();
                for (var k = 0; k < 1000; k++) call();
            }
            best = Math.Min(best, watch.Elapsed.TotalNanoseconds / calls);
        }
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name,-12} {best,8:0} ns"));
    }
}
