using System.Diagnostics;
using LoraBridge.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraBridge.Training.Loop;

/// <summary>The memory that a run takes, and the most that it took.</summary>
internal static class PeakMemory
{
    // writing 5 to it makes Linux count the peak anew
    private const string LinuxReset = "/proc/self/clear_refs";

    /// <summary>The most bytes since the last reset: on a GPU torch's, else the process's.</summary>
    public static long Bytes(Device device)
    {
        if (device.type != DeviceType.CPU) return TorchExtras.Memory(device).PeakReserved ?? 0;
        using var process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64;
    }

    /// <summary>The bytes that are taken now.</summary>
    public static long Now(Device device)
    {
        if (device.type != DeviceType.CPU) return TorchExtras.Memory(device).Reserved ?? 0;
        using var process = Process.GetCurrentProcess();
        return process.WorkingSet64;
    }

    /// <summary>Begins to look for a peak; where the system does not let it, the old one stays.</summary>
    public static void Reset(Device device)
    {
        if (device.type != DeviceType.CPU)
        {
            TorchExtras.ResetPeakMemory(device);
            return;
        }
        if (!File.Exists(LinuxReset)) return;
        try
        {
            File.WriteAllText(LinuxReset, "5");
        }
        catch (Exception refused) when (refused is UnauthorizedAccessException or IOException)
        {
            // a sandbox forbids it: the peak of loading is then counted too
        }
    }
}

/// <summary>Tells errors of exhausted memory from others.</summary>
internal static class OutOfMemory
{
    public static bool Is(Exception error) => Generation.TorchFailure.IsOutOfMemory(error);
}
