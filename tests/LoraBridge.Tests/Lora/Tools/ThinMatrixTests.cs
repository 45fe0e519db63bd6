using LoraBridge.Lora;
using LoraBridge.Lora.Tools;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Lora.Tools;

public sealed class ThinMatrixTests
{
    [Theory]
    [InlineData(0.8, -0.5)]
    [InlineData(-1, 2)]
    [InlineData(0, 1)]
    public void Sum_OfWeightedParts_IsTheSumOfTheirProducts(double first, double second)
    {
        using var scope = NewDisposeScope();
        var (a, b) = (Random(7, 5, 2, seed: 1), Random(7, 5, 3, seed: 2));

        var sum = ThinMatrix.Sum((a, first), (b, second));

        Assert.Equal(5, sum.Rank);
        TensorAssert.Close(a.Product() * first + b.Product() * second, sum.Product(), 1e-13);
    }

    [Theory]
    [InlineData(9, 6, 3)]
    [InlineData(4, 6, 8)]                                                       // more ranks than rows
    [InlineData(6, 3, 5)]                                                       // more ranks than columns
    public void Decompose_OfThinFactors_IsTheDecompositionOfTheProduct(int rows, int columns, int rank)
    {
        using var scope = NewDisposeScope();
        var matrix = Random(rows, columns, rank, seed: 3);

        var thin = matrix.Decompose();
        var whole = SingularFactors.Of(matrix.Product());

        var count = Math.Min(rank, Math.Min(rows, columns));
        Assert.Equal(count, thin.Values.Count);
        for (var i = 0; i < count; i++) Assert.Equal(whole.Values[i], thin.Values[i], 1e-12);
        Assert.Equal(whole.Norm, thin.Norm, 1e-12);
        TensorAssert.Close(matrix.Product(), thin.Take(count).Product(), 1e-12);
        TensorAssert.Close(eye(count, dtype: float64), thin.U.t().mm(thin.U), 1e-12);
        TensorAssert.Close(eye(count, dtype: float64), thin.Vh.mm(thin.Vh.t()), 1e-12);
    }

    [Fact]
    public void Norm_IsTheProductsNorm()
    {
        using var scope = NewDisposeScope();
        var (a, b) = (Random(7, 5, 2, seed: 1), Random(7, 5, 2, seed: 2));

        Assert.Equal(a.Product().norm().ToDouble(), a.Norm(), 1e-12);
        Assert.Equal((a.Product() - b.Product()).norm().ToDouble(), a.DistanceTo(b), 1e-12);
        Assert.True(a.DistanceTo(a) < 1e-14);
    }

    [Fact]
    public void Of_AConvolutionsFactors_FlattensTheKernel()
    {
        using var scope = NewDisposeScope();
        var (down, up) = (randn([2, 3, 3, 3]), randn([4, 2]));

        var matrix = ThinMatrix.Of(new LowRankFactors(down, up));

        Assert.Equal([4, 27], matrix.Product().shape);
        Assert.Equal(ScalarType.Float64, matrix.Product().dtype);
        TensorAssert.Close(up.mm(down.flatten(start_dim: 1)), matrix.Product(), 1e-5);
    }

    internal static ThinMatrix Random(long rows, long columns, long rank, ulong seed)
    {
        using var random = new Generator(seed);
        return new(randn([rows, rank], dtype: float64, generator: random), randn([rank, columns], dtype: float64, generator: random));
    }
}
