using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace LoraBridge.Tests.Native;

public class AttentionFunctionTests
{
    private const int Heads = 2, Queries = 3, Keys = 4, Width = 5, ValueWidth = 2;

    [Fact]
    public void Attention_WithoutAMask_AgreesBothWays() =>
        OperatorCheck.Agrees(x => F.scaled_dot_product_attention(x[0], x[1], x[2]), x => Attend(x[0], x[1], x[2], (_, _) => 0),
            [1, Heads, Queries, Width], [1, Heads, Keys, Width], [1, Heads, Keys, ValueWidth]);

    [Fact]
    public void Attention_OfThreeDimensions_AgreesBothWays() =>
        OperatorCheck.Agrees(x => F.scaled_dot_product_attention(x[0], x[1], x[2]), x => Attend(x[0], x[1], x[2], (_, _) => 0),
            [Heads, Queries, Width], [Heads, Keys, Width], [Heads, Keys, ValueWidth]);

    [Fact]
    public void Attention_Causal_SeesNothingAhead() =>
        OperatorCheck.Agrees(x => F.scaled_dot_product_attention(x[0], x[1], x[2], is_casual: true),
            x => Attend(x[0], x[1], x[2], (query, key) => key <= query ? 0 : double.NegativeInfinity),
            [1, Heads, Queries, Width], [1, Heads, Keys, Width], [1, Heads, Keys, ValueWidth]);

    [Fact]
    public void Attention_WithATruthMask_SeesWhereItIsTrue() =>
        OperatorCheck.Agrees(x => F.scaled_dot_product_attention(x[0], x[1], x[2], tensor(new[] { true, false, true, true }).unsqueeze(0)),
            x => Attend(x[0], x[1], x[2], (_, key) => key != 1 ? 0 : double.NegativeInfinity),
            [1, Heads, Queries, Width], [1, Heads, Keys, Width], [1, Heads, Keys, ValueWidth]);

    [Fact]
    public void Attention_WithNumbersAsAMask_AddsThem()
    {
        var added = OperatorCheck.Draw([Queries, Keys], seed: 3);
        OperatorCheck.Agrees(x => F.scaled_dot_product_attention(x[0], x[1], x[2], OperatorCheck.ToTensor(added, Queries, Keys)),
            x => Attend(x[0], x[1], x[2], (query, key) => added[query * Keys + key]),
            [1, Heads, Queries, Width], [1, Heads, Keys, Width], [1, Heads, Keys, ValueWidth]);
    }

    [Fact]
    public void Attention_OverManyKeys_AgreesInSinglePrecision()
    {
        using var scope = NewDisposeScope();
        manual_seed(11);
        var (q, k, v) = (randn(2, 4, 33, 16), randn(2, 4, 77, 16), randn(2, 4, 77, 16));
        var expected = F.scaled_dot_product_attention(q.to(float64), k.to(float64), v.to(float64));
        TensorAssert.Close(expected, F.scaled_dot_product_attention(q, k, v), 1e-5);
    }

    [Fact]
    public void Attention_InBFloat16_StaysInIt()
    {
        using var scope = NewDisposeScope();
        manual_seed(12);
        var (q, k, v) = (randn(1, 2, 5, 8).bfloat16(), randn(1, 2, 7, 8).bfloat16(), randn(1, 2, 7, 8).bfloat16());
        var y = F.scaled_dot_product_attention(q, k, v);
        Assert.Equal(bfloat16, y.dtype);
        TensorAssert.Close(F.scaled_dot_product_attention(q.@float(), k.@float(), v.@float()), y, 0.03);
    }

    [Fact]
    public void Attention_WithDropoutOfAll_IsZero()
    {
        using var scope = NewDisposeScope();
        var q = ones(1, 1, 2, 4);
        Assert.Equal(0, F.scaled_dot_product_attention(q, q, q, p: 1).abs().sum().ToDouble());
    }

    [Fact]
    public void Attention_WithKeysOfAnotherWidth_Throws()
    {
        using var scope = NewDisposeScope();
        Assert.ThrowsAny<Exception>(() => F.scaled_dot_product_attention(randn(1, 2, 3, 4), randn(1, 2, 3, 5), randn(1, 2, 3, 5)));
    }

    private static double[] Attend(double[] q, double[] k, double[] v, Func<int, int, double> mask)
    {
        var y = new double[Heads * Queries * ValueWidth];
        for (var head = 0; head < Heads; head++)
            for (var query = 0; query < Queries; query++)
            {
                var weights = Enumerable.Range(0, Keys).Select(key => Math.Exp(mask(query, key) + Enumerable.Range(0, Width).Sum(i =>
                    q[(head * Queries + query) * Width + i] * k[(head * Keys + key) * Width + i]) / Math.Sqrt(Width))).ToArray();
                for (var i = 0; i < ValueWidth; i++)
                    y[(head * Queries + query) * ValueWidth + i] = Enumerable.Range(0, Keys).Sum(key => weights[key] * v[(head * Keys + key) * ValueWidth + i]) / weights.Sum();
            }
        return y;
    }
}
