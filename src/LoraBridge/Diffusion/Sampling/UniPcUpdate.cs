using static TorchSharp.torch;

namespace LoraBridge.Diffusion.Sampling;

/// <summary>One step of UniPC: its coefficients, and the prediction and correction made of them.</summary>
internal sealed class UniPcUpdate
{
    private readonly double _ratio, _phi1, _b;
    private readonly double _signal;
    private readonly double[] _r, _predictor, _corrector;

    /// <summary>The step that ends at node <paramref name="i"/>.</summary>
    public UniPcUpdate(IReadOnlyList<UniPcNode> nodes, int i, int order, UniPcVariant variant)
    {
        var (from, to) = (nodes[i - 1], nodes[i]);
        if (to.Spread == 0) order = 1;                                          // the step to no noise at all has no higher orders
        _ratio = to.Spread / from.Spread;
        _signal = to.Signal;
        var hh = -(to.Lambda - from.Lambda);
        _phi1 = Exponentials.Expm1(hh);
        _b = variant == UniPcVariant.Bh1 ? hh : _phi1;
        _r = [.. Enumerable.Range(2, order - 1).Select(k => (nodes[i - k].Lambda - from.Lambda) / -hh), 1];
        _predictor = order == 2 ? [0.5] : Solve(hh, order - 1);
        _corrector = order == 1 ? [0.5] : Solve(hh, order);
    }

    /// <summary>The latents at the step's end, (B, C, h, w), from x at its beginning and the denoised latents so far.</summary>
    public Tensor Predict(Tensor x, TensorHistory denoised)
    {
        using var scope = NewDisposeScope();
        var predicted = FirstOrder(x, denoised);
        for (var k = 0; k < _r.Length - 1; k++) predicted -= Difference(denoised, k) * (_signal * _b * _predictor[k]);
        return predicted.MoveToOuterDisposeScope();
    }

    /// <summary>The same with the denoised latents at the predicted end known as well, (B, C, h, w).</summary>
    public Tensor Correct(Tensor x, TensorHistory denoised, Tensor atEnd)
    {
        using var scope = NewDisposeScope();
        var corrected = FirstOrder(x, denoised);
        for (var k = 0; k < _r.Length - 1; k++) corrected -= Difference(denoised, k) * (_signal * _b * _corrector[k]);
        corrected -= (atEnd - denoised[0]) * (_signal * _b * _corrector[^1]);
        return corrected.MoveToOuterDisposeScope();
    }

    private Tensor FirstOrder(Tensor x, TensorHistory denoised) => x * _ratio - denoised[0] * (_signal * _phi1);

    private Tensor Difference(TensorHistory denoised, int k) => (denoised[k + 1] - denoised[0]) / _r[k];

    // sum over k of r_k^j rho_k = j! phi_j+2(h) h / B(h) for j below the order
    private double[] Solve(double hh, int order)
    {
        var matrix = new double[order, order + 1];
        var phi = _phi1 / hh - 1;
        var factorial = 1.0;
        for (var j = 0; j < order; j++)
        {
            for (var k = 0; k < order; k++) matrix[j, k] = Math.Pow(_r[k], j);
            matrix[j, order] = phi * factorial / _b;
            factorial *= j + 2;
            phi = phi / hh - 1 / factorial;
        }
        return Eliminate(matrix, order);
    }

    private static double[] Eliminate(double[,] matrix, int order)
    {
        for (var column = 0; column < order; column++)
        {
            var pivot = Enumerable.Range(column, order - column).MaxBy(row => Math.Abs(matrix[row, column]));
            for (var k = 0; k <= order; k++) (matrix[column, k], matrix[pivot, k]) = (matrix[pivot, k], matrix[column, k]);
            for (var row = 0; row < order; row++)
            {
                if (row == column) continue;
                var factor = matrix[row, column] / matrix[column, column];
                for (var k = column; k <= order; k++) matrix[row, k] -= factor * matrix[column, k];
            }
        }
        return [.. Enumerable.Range(0, order).Select(row => matrix[row, order] / matrix[row, row])];
    }
}
