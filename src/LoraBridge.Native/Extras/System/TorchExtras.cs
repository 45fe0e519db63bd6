using TorchSharp;
using TorchSharp.Interop;
using static TorchSharp.torch;

namespace LoraBridge.Torch;

/// <summary>
/// What TorchSharp lacks and LoraBridge needs, on the system supply. The package supply has the same members in its own
/// file; nothing above this seam knows which one it runs on.
/// </summary>
internal static unsafe partial class TorchExtras
{
    /// <summary>Where torch comes from, for people: e.g. "libtorch 1.13.1 in /usr".</summary>
    public static string Supply => $"libtorch {TorchLibrary.TorchVersion()} in {TorchLibrary.TorchFolder}";

    /// <summary>Loads torch, or says what is missing.</summary>
    /// <exception cref="TorchUnavailableException">Torch cannot be used on this machine.</exception>
    public static void EnsureAvailable() => TorchLibrary.Load();

    /// <summary>Memory of a CUDA device; all null for other devices.</summary>
    public static MemoryFigures Memory(Device device)
    {
        if (device.type != DeviceType.CUDA) return default;
        var figures = stackalloc long[6];
        NativeMethods.Check(NativeMethods.lb_cuda_memory(Math.Max(device.index, 0), figures));
        return new(Known(figures[0]), Known(figures[1]), Known(figures[2]), Known(figures[3]), Known(figures[4]), Known(figures[5]));

        static long? Known(long value) => value < 0 ? null : value;
    }

    /// <summary>Starts the peaks of <see cref="Memory"/> anew.</summary>
    public static void ResetPeakMemory(Device device)
    {
        if (device.type == DeviceType.CUDA) NativeMethods.Check(NativeMethods.lb_cuda_reset_peak(Math.Max(device.index, 0)));
    }

    /// <summary>
    /// Bytes of freed tensors on the processor that are kept to be used again; 0 where this libtorch's own allocator gives them back.
    /// They never make the process larger than it has been with all its tensors.
    /// </summary>
    public static unsafe long KeptMemory
    {
        get
        {
            var figures = stackalloc long[2];
            NativeMethods.lb_kept_memory(figures);
            return figures[1];
        }
    }

    /// <summary>Gives back what is kept for later: on CUDA devices what torch caches, on the processor freed tensors and what the C heap keeps.</summary>
    public static void ReleaseCachedMemory()
    {
        NativeMethods.Check(NativeMethods.lb_cuda_empty_cache());
        NativeMethods.lb_trim_heap();
    }

    /// <summary>Whether an operator stands in this libtorch, by its schema name.</summary>
    public static bool HasOperator(string name, string overload = "") => new Operator(name, overload).Exists;
}
