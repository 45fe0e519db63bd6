using System.Diagnostics;
using LoraBridge.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraBridge.Training.Loop;

/// <summary>The most memory that a run took.</summary>
internal static class PeakMemory
{
    /// <summary>On a GPU torch's peak there, else the process's.</summary>
    public static long Bytes(Device device)
    {
        if (device.type != DeviceType.CPU) return TorchExtras.Memory(device).PeakReserved ?? 0;
        using var process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64;
    }
}

/// <summary>Tells errors of exhausted memory from others.</summary>
internal static class OutOfMemory
{
    public static bool Is(Exception error) => Generation.TorchFailure.IsOutOfMemory(error);
}
