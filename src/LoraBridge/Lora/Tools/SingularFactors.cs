using TorchSharp;
using static TorchSharp.torch;

namespace LoraBridge.Lora.Tools;

/// <summary>Singular values and vectors of a matrix, all of them or the leading ones.</summary>
/// <param name="U">(m, k), orthonormal columns.</param>
/// <param name="Values">k of them, falling.</param>
/// <param name="Vh">(k, n), orthonormal rows.</param>
/// <param name="Norm">‖D‖ of the whole matrix, which leading values alone do not tell.</param>
internal sealed record SingularFactors(Tensor U, IReadOnlyList<double> Values, Tensor Vh, double Norm)
{
    /// <summary>How many directions beyond the asked ones a randomised decomposition looks along.</summary>
    private const int Oversampling = 16;

    /// <summary>Each turn multiplies the gap between what is wanted and the rest; the spectra of trained weights fall slowly.</summary>
    private const int Turns = 4;

    /// <summary>Decomposes a whole matrix, (m, n).</summary>
    /// <exception cref="ArgumentException">It holds NaN or infinity.</exception>
    public static SingularFactors Of(Tensor matrix)
    {
        using var scope = NewDisposeScope();
        CheckFinite(matrix);
        var (u, s, vh) = linalg.svd(matrix, fullMatrices: false);
        double[] values = [.. s.to(float64).cpu().data<double>().ToArray()];
        return new(u.MoveToOuterDisposeScope(), values, vh.MoveToOuterDisposeScope(), Math.Sqrt(values.Sum(value => value * value)));
    }

    /// <summary>
    /// The leading singular values and vectors of a large matrix by random projection with subspace iteration (Halko, Martinsson,
    /// Tropp 2011, arXiv:0909.4061). Smaller matrices are decomposed whole, and so is any of which more than a quarter is asked.
    /// </summary>
    /// <param name="matrix">(m, n).</param>
    /// <param name="count">How many are wanted.</param>
    public static SingularFactors Leading(Tensor matrix, int count)
    {
        ArgumentNullException.ThrowIfNull(matrix);
        var least = Math.Min(matrix.shape[0], matrix.shape[1]);
        var wide = count + Oversampling;
        if (least <= 128 || wide * 4L > least) return Of(matrix);

        using var scope = NewDisposeScope();
        CheckFinite(matrix);
        using var random = new Generator(seed: 0);                               // the same file gives the same result
        var probes = randn([matrix.shape[1], wide], dtype: matrix.dtype, generator: random).to(matrix.device);   // (n, c)
        var q = linalg.qr(matrix.mm(probes)).Q;                                 // (m, c)
        for (var turn = 0; turn < Turns; turn++)
        {
            using var step = NewDisposeScope();
            q = linalg.qr(matrix.mm(linalg.qr(matrix.t().mm(q)).Q)).Q.MoveToOuterDisposeScope();
        }
        var inner = Of(q.t().mm(matrix));                                       // (c, n)
        return new(
            q.mm(inner.U).narrow(1, 0, count).contiguous().MoveToOuterDisposeScope(), [.. inner.Values.Take(count)],
            inner.Vh.narrow(0, 0, count).contiguous().MoveToOuterDisposeScope(), matrix.norm().ToDouble());
    }

    /// <summary>The best product of that rank (Eckart and Young), its factors of one size.</summary>
    /// <param name="rank">At most the number of values.</param>
    public ThinMatrix Take(int rank)
    {
        using var scope = NewDisposeScope();
        var roots = Values.Take(rank).Select(Math.Sqrt).ToArray();
        var up = tensor(roots, dtype: U.dtype, device: U.device).unsqueeze(0);
        // a direction of no size keeps one factor: with both at zero it could not be trained further
        var down = tensor([.. roots.Select(root => root > 0 ? root : 1)], dtype: U.dtype, device: U.device).unsqueeze(1);
        return new(
            (U.narrow(1, 0, rank) * up).to(float64).MoveToOuterDisposeScope(),
            (Vh.narrow(0, 0, rank) * down).to(float64).MoveToOuterDisposeScope());
    }

    private static void CheckFinite(Tensor matrix)
    {
        if (!matrix.isfinite().all().ToBoolean()) throw new ArgumentException("The matrix holds values that are not finite.", nameof(matrix));
    }
}
