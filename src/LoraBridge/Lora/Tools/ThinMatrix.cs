using TorchSharp;
using static TorchSharp.torch;

namespace LoraBridge.Lora.Tools;

/// <summary>
/// A matrix as a product of two thin ones, D = Up · Down, in float64. Norms, sums and decompositions are taken of the thin
/// factors: what costs minutes of the whole matrices takes seconds.
/// </summary>
/// <param name="Up">(m, r).</param>
/// <param name="Down">(r, n).</param>
internal sealed record ThinMatrix(Tensor Up, Tensor Down)
{
    /// <summary>r, the columns of one factor and rows of the other.</summary>
    public long Rank => Down.shape[0];

    /// <summary>A module's factors, whose scale is in <see cref="LowRankFactors.Up"/>.</summary>
    public static ThinMatrix Of(LowRankFactors factors)
    {
        ArgumentNullException.ThrowIfNull(factors);
        return new(factors.Up.to(float64), factors.Down.flatten(start_dim: 1).to(float64));
    }

    /// <summary>
    /// Σ weight · part, by putting the ranks side by side. Each factor takes the root of the weight, so that both stay of one
    /// size; the sign goes to one of them.
    /// </summary>
    /// <param name="parts">One or more, all of the same m and n.</param>
    public static ThinMatrix Sum(params IReadOnlyList<(ThinMatrix Part, double Weight)> parts)
    {
        var ups = parts.Select(part => part.Part.Up * (Math.Sign(part.Weight) * Math.Sqrt(Math.Abs(part.Weight))));
        var downs = parts.Select(part => part.Part.Down * Math.Sqrt(Math.Abs(part.Weight)));
        return new(cat([.. ups], dim: 1), cat([.. downs], dim: 0));
    }

    /// <summary>The same product with factors of one size, which half precision keeps best.</summary>
    public ThinMatrix Balanced()
    {
        using var scope = NewDisposeScope();
        var (up, down) = (Up.norm().ToDouble(), Down.norm().ToDouble());
        if (!(up > 0 && down > 0)) return this;
        var ratio = Math.Sqrt(down / up);
        return new((Up * ratio).MoveToOuterDisposeScope(), (Down / ratio).MoveToOuterDisposeScope());
    }

    /// <summary>D itself, (m, n).</summary>
    public Tensor Product() => Up.mm(Down);

    /// <summary>‖D‖, the root of the sum of its squares (Frobenius).</summary>
    public double Norm()
    {
        using var scope = NewDisposeScope();
        return linalg.qr(Up, linalg.QRMode.R).R.mm(linalg.qr(Down.t(), linalg.QRMode.R).R.t()).norm().ToDouble();
    }

    /// <summary>‖D − other‖.</summary>
    public double DistanceTo(ThinMatrix other)
    {
        using var scope = NewDisposeScope();
        return Sum((this, 1), (other, -1)).Norm();
    }

    /// <summary>
    /// All singular values and vectors: QR of both factors leaves a core of r × r, whose decomposition turned by the two bases is
    /// that of D.
    /// </summary>
    /// <returns>Tensors of the caller's scope.</returns>
    public SingularFactors Decompose()
    {
        using var scope = NewDisposeScope();
        var (left, upper) = linalg.qr(Up);                                      // (m, a), (a, r), a = min(m, r)
        var (right, lower) = linalg.qr(Down.t());                               // (n, b), (b, r), b = min(n, r)
        var core = SingularFactors.Of(upper.mm(lower.t()));                     // (a, b)
        return core with
        {
            U = left.mm(core.U).MoveToOuterDisposeScope(),
            Vh = core.Vh.mm(right.t()).MoveToOuterDisposeScope(),
        };
    }
}
