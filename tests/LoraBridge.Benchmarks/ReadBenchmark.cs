using System.Diagnostics;
using System.Globalization;
using System.IO.MemoryMappedFiles;
using LoraBridge.Checkpoints;
using static TorchSharp.torch;

namespace LoraBridge.Benchmarks;

/// <summary>All tensors of a file, read as we do and copied out of a memory map, in turns: why files are not mapped.</summary>
internal static class ReadBenchmark
{
    public static int Run(Arguments arguments)
    {
        var path = arguments.First;
        var bytes = new FileInfo(path).Length;
        var ratios = new List<double>();
        for (var i = 0; i < arguments.Number("runs", 5); i++)
        {
            var (read, mapped) = (Time(() => Read(path)), Time(() => Map(path)));
            ratios.Add(read / mapped);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"read {read:0.00} s ({bytes / read / 1e9:0.0} GB/s), mapped {mapped:0.00} s ({bytes / mapped / 1e9:0.0} GB/s)"));
        }
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"read/mapped: median {UNetBenchmark.Median(ratios):0.000}"));
        return 0;
    }

    private static double Time(Action action)
    {
        var watch = Stopwatch.StartNew();
        action();
        return watch.Elapsed.TotalSeconds;
    }

    private static void Read(string path)
    {
        using var file = CheckpointFile.Open(path);
        foreach (var name in file.Tensors.Keys) file.Read(name).Dispose();
    }

    private static unsafe void Map(string path)
    {
        using var file = CheckpointFile.Open(path);
        var header = new FileInfo(path).Length - file.Tensors.Values.Max(entry => entry.End);
        using var map = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
        using var view = map.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        byte* start = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        foreach (var entry in file.Tensors.Values)
        {
            var size = (int)(entry.End - entry.Begin);
            using var tensor = empty(size, dtype: uint8, device: CPU);
            new ReadOnlySpan<byte>(start + header + entry.Begin, size).CopyTo(tensor.bytes);
        }
        view.SafeMemoryMappedViewHandle.ReleasePointer();
    }
}
