using System.Globalization;
using LoraBridge.Torch;
using static TorchSharp.torch;

namespace LoraBridge.Training.Preflight;

/// <summary>The memory that a run may take.</summary>
/// <param name="Device">Where: cpu, cuda or cuda:N.</param>
/// <param name="Available">Bytes that can be had now, besides what this process holds already; null where nobody can tell.</param>
/// <param name="Source">Where the number is from, in words for people.</param>
public sealed record MachineMemory(string Device, long? Available, string Source)
{
    /// <summary>Asks the machine.</summary>
    /// <param name="device">cpu, cuda or cuda:N.</param>
    /// <exception cref="TorchUnavailableException">A GPU is asked for, and torch cannot be used on this machine.</exception>
    public static MachineMemory Of(string device)
    {
        if (device == "cpu") return OfProcessor("/");
        TorchExtras.EnsureAvailable();
        var figures = TorchExtras.Memory(new Device(device));
        return figures.Free is { } free
            ? new(device, free, "what the driver says is free on the GPU")
            : new(device, null, "this torch cannot tell how much is free on the GPU");
    }

    /// <summary>The processor's memory: what Linux says can be had without swapping, or what is left of the control group's limit, whichever is less.</summary>
    /// <param name="root">The root of the file system, another in tests.</param>
    internal static MachineMemory OfProcessor(string root)
    {
        var found = new List<(long Bytes, string Source)>();
        if (FromMemoryInfo(Path.Combine(root, "proc/meminfo")) is { } free) found.Add((free, "MemAvailable of the machine"));
        if (FromControlGroups(root) is { } left) found.Add((left, "what is left of the control group's limit"));
        if (found.Count > 0)
        {
            var (bytes, source) = found.MinBy(entry => entry.Bytes);
            return new("cpu", bytes, source);
        }
        var collector = GC.GetGCMemoryInfo();
        return new("cpu", Math.Max(0, collector.TotalAvailableMemoryBytes - collector.MemoryLoadBytes), "the memory less its load, as .NET sees it");
    }

    private static long? FromMemoryInfo(string path)
    {
        if (!File.Exists(path)) return null;
        var line = File.ReadLines(path).FirstOrDefault(line => line.StartsWith("MemAvailable:", StringComparison.Ordinal));
        return line?.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [_, var kilobytes, ..] ? Number(kilobytes) * 1024 : null;
    }

    // a limit may stand at any group between the process's own and the root; inside a container its own is the root
    private static long? FromControlGroups(string root)
    {
        var file = Path.Combine(root, "proc/self/cgroup");
        if (!File.Exists(file)) return null;
        var left = new List<long>();
        foreach (var line in File.ReadLines(file))
        {
            if (line.Split(':', 3) is not [_, var controllers, var path]) continue;
            var isSecond = controllers.Length == 0;
            if (!isSecond && !controllers.Split(',').Contains("memory")) continue;
            var mount = Path.Combine(root, isSecond ? "sys/fs/cgroup" : "sys/fs/cgroup/memory");
            var (limitName, usedName, cacheName) = isSecond
                ? ("memory.max", "memory.current", "inactive_file")
                : ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file");
            for (var group = path.Trim('/'); ; group = Path.GetDirectoryName(group) ?? "")
            {
                var folder = Path.Combine(mount, group);
                if (Value(Path.Combine(folder, limitName)) is { } limit && Value(Path.Combine(folder, usedName)) is { } used)
                    left.Add(Math.Max(0, limit - used + Statistic(Path.Combine(folder, "memory.stat"), cacheName)));
                if (group.Length == 0) break;
            }
        }
        return left.Count > 0 ? left.Min() : null;
    }

    // "max" is no limit
    private static long? Value(string path) => File.Exists(path) ? Number(File.ReadAllText(path).Trim()) : null;

    // pages of files that nobody needs at the moment count as used but are given back
    private static long Statistic(string path, string name) =>
        File.Exists(path) && File.ReadLines(path).FirstOrDefault(line => line.StartsWith(name + " ", StringComparison.Ordinal)) is { } line ? Number(line[(name.Length + 1)..]) ?? 0 : 0;

    private static long? Number(string text) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
