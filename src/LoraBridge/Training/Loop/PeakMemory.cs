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
public static class OutOfMemory
{
    private static readonly string[] s_words = ["out of memory", "can't allocate memory", "not enough memory", "alloc failed"];

    /// <summary>Whether an error says that memory did not suffice, on the device or in the machine.</summary>
    public static bool Is(Exception error) =>
        error is OutOfMemoryException || s_words.Any(word => error.Message.Contains(word, StringComparison.OrdinalIgnoreCase));
}
