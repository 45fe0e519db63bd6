using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LoraBridge.Diffusion.Models;

/// <summary>
/// Element-wise functions that overwrite their argument while no gradients are recorded: the argument must be a
/// temporary of the caller. What a layer returned may thus be overwritten by its caller; a hook that keeps it takes a clone.
/// </summary>
internal static class Activations
{
    private static readonly Scalar s_quickGeluSlope = 1.702;

    /// <summary>x sigmoid(x).</summary>
    public static Tensor Silu(Tensor temporary) => functional.silu(temporary, inplace: !is_grad_enabled());

    /// <summary>x sigmoid(1.702 x), the approximation of GELU that the first CLIP models were trained with.</summary>
    public static Tensor QuickGelu(Tensor x)
    {
        using var scope = NewDisposeScope();
        var gate = is_grad_enabled() ? (x * s_quickGeluSlope).sigmoid() : (x * s_quickGeluSlope).sigmoid_();
        return Multiply(gate, x).MoveToOuterDisposeScope();
    }

    /// <summary>The sum, in the memory of the first where that is allowed.</summary>
    public static Tensor Add(Tensor temporary, Tensor other) => is_grad_enabled() ? temporary + other : temporary.add_(other);

    /// <summary>The new value; the old one's memory is given back at once where no gradient needs it, not at the end of the scope.</summary>
    public static Tensor Replace(Tensor old, Tensor value)
    {
        if (!is_grad_enabled()) old.Dispose();
        return value;
    }

    /// <summary>The product, in the memory of the first where that is allowed.</summary>
    public static Tensor Multiply(Tensor temporary, Tensor other) => is_grad_enabled() ? temporary * other : temporary.mul_(other);
}
