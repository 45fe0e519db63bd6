using TorchSharp;
using static TorchSharp.torch;

namespace LoraBridge.Training.Loop;

/// <summary>How fast a run is, over its last steps.</summary>
internal sealed class StepClock(TimeProvider time)
{
    private const int Window = 20;

    private readonly Queue<(long At, int Pictures)> _steps = new();

    /// <summary>Notes a step of so many pictures.</summary>
    public void Took(int pictures)
    {
        if (_steps.Count == 0) _start = time.GetTimestamp();
        _steps.Enqueue((time.GetTimestamp(), pictures));
        if (_steps.Count > Window) _start = _steps.Dequeue().At;
    }

    /// <summary>Pictures a second.</summary>
    public double PicturesPerSecond => Seconds > 0 ? Counted.Sum(step => step.Pictures) / Seconds : 0;

    /// <summary>The time that so many steps will take.</summary>
    public TimeSpan Left(long steps) => Counted.Any() ? TimeSpan.FromSeconds(Seconds / Counted.Count() * steps) : TimeSpan.Zero;

    private long _start;

    private double Seconds => _steps.Count == 0 ? 0 : time.GetElapsedTime(_start, _steps.Last().At).TotalSeconds;

    // the first step's beginning was not noted
    private IEnumerable<(long At, int Pictures)> Counted => _steps.Where(step => step.At > _start);
}

/// <summary>The most memory that a run took.</summary>
internal static class PeakMemory
{
    /// <summary>On a GPU torch's peak there, else the process's.</summary>
    public static long Bytes(Device device)
    {
        if (device.type != DeviceType.CPU) return LoraBridge.Torch.TorchExtras.Memory(device).PeakReserved ?? 0;
        using var process = System.Diagnostics.Process.GetCurrentProcess();
        return process.PeakWorkingSet64;
    }
}

/// <summary>Tells errors of exhausted memory from others.</summary>
internal static class OutOfMemory
{
    private static readonly string[] s_words = ["out of memory", "can't allocate memory", "not enough memory", "alloc failed"];

    public static bool Is(Exception error) =>
        error is OutOfMemoryException || s_words.Any(word => error.Message.Contains(word, StringComparison.OrdinalIgnoreCase));
}
