using System.Diagnostics;
using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LoraBridge.Diffusion.Models;

/// <summary>Decides which number type a device computes in, and which one weights are kept in.</summary>
public static class ComputeTypes
{
    // measured once for the process: the answer is the machine's
    private static readonly Lazy<bool> s_cpuLikesBFloat16 = new(() => HasBFloat16Arithmetic("/proc/cpuinfo") && IsFaster(bfloat16, float32));
    private static readonly Lazy<bool> s_cpuHasFloat16 = new(() => Computes(float16, CPU));
    private static readonly Lazy<bool> s_cpuHasBFloat16 = new(() => Computes(bfloat16, CPU));

    /// <summary>The type for a choice on a device.</summary>
    /// <exception cref="NotSupportedException">The device's torch cannot compute in the chosen type; the message names the choices.</exception>
    public static ScalarType Resolve(ComputeType choice, Device device)
    {
        var onCpu = device.type == DeviceType.CPU;
        return choice switch
        {
            ComputeType.Float32 => float32,
            ComputeType.BFloat16 => !onCpu || s_cpuHasBFloat16.Value ? bfloat16 : throw Without(choice),
            ComputeType.Float16 => !onCpu || s_cpuHasFloat16.Value ? float16 : throw Without(choice),
            _ when !onCpu => float16,
            _ => s_cpuLikesBFloat16.Value ? bfloat16 : float32,
        };
    }

    /// <summary>
    /// The type to keep a weight in: that to compute in where it takes no more memory, else the stored one, from which the
    /// layers convert at every use; unless the caller would rather spend the memory than the time.
    /// </summary>
    /// <param name="stored">The type in the file.</param>
    /// <param name="compute">The type to compute in.</param>
    /// <param name="widen">Whether narrower weights are converted once and for all.</param>
    public static ScalarType Keep(ScalarType stored, ScalarType compute, bool widen) =>
        widen || Size(compute) <= Size(stored) ? compute : stored;

    /// <summary>Whether a CPU multiplies bfloat16 itself, by the flags the kernel lists; elsewhere than on Linux: no.</summary>
    internal static bool HasBFloat16Arithmetic(string cpuInfoPath)
    {
        if (!File.Exists(cpuInfoPath)) return false;
        return File.ReadLines(cpuInfoPath)
            .Where(line => line.StartsWith("flags", StringComparison.Ordinal) || line.StartsWith("Features", StringComparison.Ordinal))
            .Take(1)
            .Any(line => line.Split([' ', '\t', ':']).Any(flag => flag is "avx512_bf16" or "amx_bf16" or "bf16"));
    }

    private static int Size(ScalarType type) => type switch
    {
        ScalarType.Float64 => 8,
        ScalarType.Float32 => 4,
        ScalarType.Float16 or ScalarType.BFloat16 => 2,
        _ => throw new NotSupportedException($"Weights of type {type} cannot be computed with: save the checkpoint as float16 or float32."),
    };

    // both halves of the network are asked: a libtorch may be quick at products and slow at convolutions
    private static bool IsFaster(ScalarType type, ScalarType than) => Computes(type, CPU) && Measure(type) < Measure(than);

    private static TimeSpan Measure(ScalarType type)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var (image, kernel) = (ones([1, 320, 32, 32], dtype: type, device: CPU), ones([320, 320, 3, 3], dtype: type, device: CPU));
        var (tokens, matrix) = (ones([1024, 640], dtype: type, device: CPU), ones([1280, 640], dtype: type, device: CPU));
        var best = TimeSpan.MaxValue;
        for (var i = 0; i < 4; i++)
        {
            using var round = NewDisposeScope();
            var start = Stopwatch.GetTimestamp();
            functional.conv2d(image, kernel, padding: [1, 1]);
            functional.linear(tokens, matrix);
            var taken = Stopwatch.GetElapsedTime(start);
            if (taken < best) best = taken;
        }
        return best;
    }

    private static bool Computes(ScalarType type, Device device)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        try
        {
            var x = ones([1, 4, 8, 8], dtype: type, device: device);
            var y = functional.conv2d(x, ones([4, 4, 3, 3], dtype: type, device: device), padding: [1, 1]);
            y = functional.silu(functional.group_norm(y, 2, ones([4], dtype: type, device: device), ones([4], dtype: type, device: device)));
            functional.linear(y.flatten(start_dim: 1), ones([4, 256], dtype: type, device: device)).softmax(-1);
            return true;
        }
        catch (ExternalException)                                               // torch's "not implemented for 'Half'"
        {
            return false;
        }
    }

    private static NotSupportedException Without(ComputeType choice) =>
        new($"This machine's torch cannot compute in {choice} on the CPU. Choose {nameof(ComputeType.Auto)}, {nameof(ComputeType.Float32)}"
            + (choice == ComputeType.Float16 && s_cpuHasBFloat16.Value ? $" or {nameof(ComputeType.BFloat16)}." : "."));
}
