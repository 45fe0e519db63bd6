using System.Runtime.InteropServices;
using TorchSharp;
using TorchSharp.Interop;
using static TorchSharp.torch;

namespace LoraBridge.Torch;

internal static unsafe partial class TorchExtras
{
    /// <summary>The instruction set that the CPU kernels use, e.g. "avx512_bf16"; null where there are none.</summary>
    public static string? KernelInstructions => Marshal.PtrToStringUTF8((nint)NativeMethods.lb_kernel_instructions());

    /// <summary>Whether libtorch has a fused attention of its own (since 2.0).</summary>
    public static bool HasFusedAttention { get; } = new Operator("scaled_dot_product_attention").Exists;

    /// <summary>Attention without a score matrix, in one pass over the keys; null where this supply has no such kernel.</summary>
    /// <param name="q">Queries, (B, S, C); heads lie beside each other in C.</param>
    /// <param name="k">Keys, (B, T, C).</param>
    /// <param name="v">Values, (B, T, C).</param>
    /// <param name="heads">N; C / N is the width of a head.</param>
    /// <returns>(B, S, C).</returns>
    public static Tensor? FusedAttention(Tensor q, Tensor k, Tensor v, long heads)
    {
        if (!HasKernels(q) || k.shape[1] == 0) return null;
        NativeMethods.Check(NativeMethods.lb_attention(q.Handle, k.Handle, v.Handle, heads, out var result));
        return Finish(result, q, k, v);
    }

    /// <summary>Group normalisation of (B, C, …), with SiLU after it if wanted; null where this supply has no such kernel.</summary>
    public static Tensor? FusedGroupNorm(Tensor x, long groups, Tensor? weight, Tensor? bias, double epsilon, bool withSilu)
    {
        if (!HasKernels(x)) return null;
        NativeMethods.Check(NativeMethods.lb_group_norm(x.Handle, groups, HandleOf(weight), HandleOf(bias), epsilon, withSilu ? 1 : 0, out var result));
        return Finish(result, x, weight, bias);
    }

    /// <summary>Layer normalisation over the last dimension; null where this supply has no such kernel.</summary>
    public static Tensor? FusedLayerNorm(Tensor x, Tensor? weight, Tensor? bias, double epsilon)
    {
        if (!HasKernels(x)) return null;
        NativeMethods.Check(NativeMethods.lb_layer_norm(x.Handle, HandleOf(weight), HandleOf(bias), epsilon, out var result));
        return Finish(result, x, weight, bias);
    }

    /// <summary>The first half of the last dimension times the exact GELU of the second; null where this supply has no such kernel.</summary>
    public static Tensor? FusedGeglu(Tensor x)
    {
        if (!HasKernels(x)) return null;
        NativeMethods.Check(NativeMethods.lb_geglu(x.Handle, out var result));
        return Finish(result, x);
    }

    // they record no gradients
    private static bool HasKernels(Tensor x) =>
        x.device_type == DeviceType.CPU && x.dtype is (ScalarType.Float32 or ScalarType.BFloat16) && !is_grad_enabled() && x.numel() > 0;

    private static nint HandleOf(Tensor? tensor) => tensor is null ? 0 : tensor.Handle;

    private static Tensor Finish(nint result, params ReadOnlySpan<Tensor?> inputs)
    {
        foreach (var input in inputs) GC.KeepAlive(input);
        return new Tensor(result);
    }
}
