using System.Globalization;
using System.Runtime.InteropServices;

namespace LoraBridge.Server.Status;

/// <summary>What the system says of the machine; nothing here needs torch.</summary>
internal static class MachineFacts
{
    private const string NvidiaDevices = "/proc/driver/nvidia/gpus";

    /// <summary>The processor's name; its architecture where the system does not say.</summary>
    public static string Processor => Value("/proc/cpuinfo", "model name") ?? RuntimeInformation.ProcessArchitecture.ToString();

    /// <summary>Main memory in bytes.</summary>
    public static long MemoryBytes => Kilobytes("MemTotal") ?? GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;

    /// <summary>Main memory that programs could still have, in bytes; null where the system does not say.</summary>
    public static long? AvailableBytes => Kilobytes("MemAvailable");

    /// <summary>The names of the graphics cards whose driver is loaded.</summary>
    public static IReadOnlyList<string> Cards
    {
        get
        {
            try
            {
                return Directory.Exists(NvidiaDevices)
                    ? [.. Directory.EnumerateDirectories(NvidiaDevices).Order(StringComparer.Ordinal).Select(card => Value(Path.Combine(card, "information"), "Model") ?? "NVIDIA")]
                    : [];
            }
            catch (Exception hidden) when (hidden is IOException or UnauthorizedAccessException)
            {
                return [];
            }
        }
    }

    /// <summary>The free space of the disk that a folder is on, or would be; null where it cannot be told.</summary>
    public static long? FreeBytes(string path)
    {
        var folder = Path.GetFullPath(path);
        while (!Directory.Exists(folder) && Path.GetDirectoryName(folder) is { } parent) folder = parent;
        try
        {
            return new DriveInfo(folder).AvailableFreeSpace;
        }
        catch (Exception unknown) when (unknown is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }

    private static long? Kilobytes(string name) =>
        Value("/proc/meminfo", name) is { } text && long.TryParse(text.Split(' ')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var kilobytes) ? kilobytes << 10 : null;

    private static string? Value(string file, string name)
    {
        try
        {
            if (!File.Exists(file)) return null;
            var line = File.ReadLines(file).FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal));
            return line is not null && line.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon ? line[(colon + 1)..].Trim() : null;
        }
        catch (Exception hidden) when (hidden is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
