using static TorchSharp.torch;

namespace LoraBridge.Lora.Algorithms;

/// <summary>A kernel between two matrices, as LyCORIS' Tucker forms have it.</summary>
internal static class TuckerCore
{
    /// <summary>F[p, q, x, y] = Σ core[i, j, x, y] · a[i, p] · b[j, q].</summary>
    /// <param name="core">(i, j, x, y)</param>
    /// <param name="a">(i, p)</param>
    /// <param name="b">(j, q)</param>
    /// <returns>(p, q, x, y), in the caller's scope.</returns>
    public static Tensor Expand(Tensor core, Tensor a, Tensor b)
    {
        using var scope = NewDisposeScope();
        var (i, j, x, y) = (core.shape[0], core.shape[1], core.shape[2], core.shape[3]);
        var right = core.permute(0, 2, 3, 1).reshape(-1, j).mm(b);              // (i x y, q)
        var all = a.t().mm(right.reshape(i, -1));                               // (p, x y q)
        return all.reshape(a.shape[1], x, y, b.shape[1]).permute(0, 3, 1, 2).contiguous().MoveToOuterDisposeScope();
    }
}
