using LoraBridge.Lora.Tools;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Lora.Tools;

public sealed class SingularFactorsTests
{
    [Fact]
    public void Take_FewerRanks_LeavesTheNormOfTheRest()
    {
        using var scope = NewDisposeScope();
        var matrix = ThinMatrixTests.Random(8, 6, 5, seed: 1).Product();
        var singular = SingularFactors.Of(matrix);

        var best = singular.Take(2);

        var rest = Math.Sqrt(singular.Values.Skip(2).Sum(value => value * value));
        Assert.Equal(rest, (matrix - best.Product()).norm().ToDouble(), 1e-12);
        Assert.Equal(best.Up.norm().ToDouble(), best.Down.norm().ToDouble(), 1e-12);
    }

    [Fact]
    public void Take_OfNothing_KeepsOneFactorAlive()
    {
        using var scope = NewDisposeScope();

        var factors = SingularFactors.Of(zeros([4, 3], dtype: float64)).Take(1);

        Assert.Equal(0, factors.Up.abs().max().ToDouble());
        Assert.Equal(1, factors.Down.norm().ToDouble(), 1e-12);
    }

    [Fact]
    public void Leading_OfALargeMatrix_FindsWhatTheWholeDecompositionFinds()
    {
        using var scope = NewDisposeScope();
        // singular values that fall like those of trained weights: slowly
        var u = linalg.qr(ThinMatrixTests.Random(220, 200, 200, seed: 1).Up).Q;
        var v = linalg.qr(ThinMatrixTests.Random(240, 200, 200, seed: 2).Up).Q;
        var values = Enumerable.Range(1, 200).Select(i => 1 / Math.Sqrt(i)).ToArray();
        var matrix = (u * tensor(values, dtype: float64)).mm(v.t());

        var leading = SingularFactors.Leading(matrix, 8);

        Assert.Equal(8, leading.Values.Count);
        Assert.Equal(matrix.norm().ToDouble(), leading.Norm, 1e-12);
        for (var i = 0; i < 8; i++) Assert.InRange(leading.Values[i], values[i] * 0.998, values[i] * (1 + 1e-9));
        var best = Math.Sqrt(values.Skip(8).Sum(value => value * value));
        Assert.InRange((matrix - leading.Take(8).Product()).norm().ToDouble(), best * (1 - 1e-9), best * 1.002);
        TensorAssert.Same(leading.U, SingularFactors.Leading(matrix, 8).U);
    }

    [Fact]
    public void Leading_OfASmallMatrix_IsTheWholeDecomposition()
    {
        using var scope = NewDisposeScope();
        var matrix = ThinMatrixTests.Random(20, 10, 10, seed: 1).Product();

        Assert.Equal(10, SingularFactors.Leading(matrix, 3).Values.Count);
    }

    [Fact]
    public void Of_ValuesThatAreNotFinite_IsRefused()
    {
        using var scope = NewDisposeScope();

        Assert.Contains("not finite", Assert.Throws<ArgumentException>(() => SingularFactors.Of(full([3, 3], double.NaN, dtype: float64))).Message, StringComparison.Ordinal);
    }
}
