using static TorchSharp.torch;

namespace LoraBridge.Tests.Native;

public sealed class TensorReductionTests
{
    /// <summary>A reduction of a (2, 3) tensor along its last dimension, and what it makes of one row.</summary>
    private sealed record Row(Func<Tensor, Tensor> Call, Func<double[], double> Expected, bool Differentiable = true, bool KeepsDimension = false);

    private static readonly Dictionary<string, Row> s_rows = new()
    {
        ["sum"] = new(x => x.sum(1L), v => v.Sum()),
        ["sum, kept"] = new(x => x.sum(-1L, keepdim: true), v => v.Sum(), KeepsDimension: true),
        ["sum of a list"] = new(x => x.sum(new long[] { 1 }), v => v.Sum()),
        ["sum of a span"] = new(x => x.sum((ReadOnlySpan<long>)[-1], keepdim: true), v => v.Sum(), KeepsDimension: true),
        ["mean"] = new(x => x.mean([1]), v => v.Average()),
        ["mean, kept"] = new(x => x.mean([1], keepdim: true), v => v.Average(), KeepsDimension: true),
        ["norm"] = new(x => x.norm(1), v => Math.Sqrt(v.Sum(e => e * e))),
        ["norm, kept"] = new(x => x.norm(1, keepdim: true, p: 1), v => v.Sum(Math.Abs), KeepsDimension: true),
        ["max"] = new(x => x.max(1L).values, v => v.Max()),
        ["min"] = new(x => x.min(1L).values, v => v.Min()),
        ["amax"] = new(x => x.amax(1), v => v.Max()),
        ["amax, kept"] = new(x => x.amax([1], keepdim: true), v => v.Max(), KeepsDimension: true),
        ["amin"] = new(x => x.amin(1), v => v.Min()),
        ["amin, kept"] = new(x => x.amin([1], keepdim: true), v => v.Min(), KeepsDimension: true),
        ["argmax"] = new(x => x.argmax(1), v => Array.IndexOf(v, v.Max()), Differentiable: false),
        ["argmin, kept"] = new(x => x.argmin(1, keepdim: true), v => Array.IndexOf(v, v.Min()), Differentiable: false, KeepsDimension: true),
        ["logsumexp"] = new(x => x.logsumexp(1), v => Math.Log(v.Sum(Math.Exp))),
        ["logsumexp, kept"] = new(x => x.logsumexp(1, keepdim: true), v => Math.Log(v.Sum(Math.Exp)), KeepsDimension: true),
        ["var"] = new(x => x.var(1L), v => Variance(v, 1)),
        ["var, biased"] = new(x => x.var(1L, unbiased: false, keepdim: true), v => Variance(v, 0), KeepsDimension: true),
        ["var of a list"] = new(x => x.var([1L]), v => Variance(v, 1)),
        ["std"] = new(x => x.std(1L), v => Math.Sqrt(Variance(v, 1))),
        ["std, biased"] = new(x => x.std(1L, unbiased: false, keepdim: true), v => Math.Sqrt(Variance(v, 0)), KeepsDimension: true),
        ["std of a list"] = new(x => x.std([1L]), v => Math.Sqrt(Variance(v, 1))),
        ["quantile"] = new(x => x.quantile(tensor(0.25), 1), v => v.Order().ElementAt(0) + 0.5 * (v.Order().ElementAt(1) - v.Order().ElementAt(0))),
        ["count_nonzero"] = new(x => x.count_nonzero([1]), v => v.Count(e => e != 0), Differentiable: false),
        ["any"] = new(x => (x > 1).any(1), v => v.Any(e => e > 1) ? 1 : 0, Differentiable: false),
        ["any, kept"] = new(x => (x > 1).any(1, keepdim: true), v => v.Any(e => e > 1) ? 1 : 0, Differentiable: false, KeepsDimension: true),
        ["all"] = new(x => (x > -1).all(1), v => v.All(e => e > -1) ? 1 : 0, Differentiable: false),
        ["all, kept"] = new(x => (x > -1).all(1, keepdim: true), v => v.All(e => e > -1) ? 1 : 0, Differentiable: false, KeepsDimension: true),
    };

    private static readonly Dictionary<string, (Func<Tensor, Tensor> Call, Func<double[], double> Expected, bool Differentiable)> s_whole = new()
    {
        ["sum"] = (x => x.sum(), v => v.Sum(), true),
        ["mean"] = (x => x.mean(), v => v.Average(), true),
        ["prod"] = (x => x.prod(), v => v.Aggregate((a, b) => a * b), true),
        ["norm"] = (x => x.norm(), v => Math.Sqrt(v.Sum(e => e * e)), true),
        ["norm 3"] = (x => x.norm(p: 3), v => Math.Cbrt(v.Sum(e => Math.Abs(e * e * e))), true),
        ["max"] = (x => x.max(), v => v.Max(), true),
        ["min"] = (x => x.min(), v => v.Min(), true),
        ["median"] = (x => x.median(), v => v.Order().ElementAt(2), true),
        ["std"] = (x => x.std(), v => Math.Sqrt(Variance(v, 1)), true),
        ["std, biased"] = (x => x.std(unbiased: false), v => Math.Sqrt(Variance(v, 0)), true),
        ["var"] = (x => x.var(), v => Variance(v, 1), true),
        ["var, biased"] = (x => x.var(unbiased: false), v => Variance(v, 0), true),
        ["argmax"] = (x => x.argmax(), v => Array.IndexOf(v, v.Max()), false),
        ["argmin"] = (x => x.argmin(), v => Array.IndexOf(v, v.Min()), false),
        ["count_nonzero"] = (x => x.count_nonzero(), v => v.Length, false),
        ["any"] = (x => (x > 100).any(), _ => 0, false),
        ["all"] = (x => (x < 100).all(), _ => 1, false),
    };

    public static TheoryData<string> Rows => [.. s_rows.Keys];

    public static TheoryData<string> Whole => [.. s_whole.Keys];

    [Theory]
    [MemberData(nameof(Rows))]
    public void Reduction_AlongADimension_TakesEachRow(string name)
    {
        using var scope = NewDisposeScope();
        var row = s_rows[name];
        var x = PlainValues.Sample([2, 3]);
        var v = PlainValues.Of(x);

        PlainValues.Close(row.KeepsDimension ? [2, 1] : [2], [row.Expected(v[..3]), row.Expected(v[3..])], row.Call(x), 1e-12, name);
        if (row.Differentiable) GradientCheck.Run(t => row.Call(t[0]), x);
    }

    [Theory]
    [MemberData(nameof(Whole))]
    public void Reduction_OfTheWhole_IsAScalar(string name)
    {
        using var scope = NewDisposeScope();
        var (call, expected, differentiable) = s_whole[name];
        var x = PlainValues.Sample([2, 3]);

        PlainValues.Close([], [expected(PlainValues.Of(x))], call(x), 1e-12, name);
        if (differentiable) GradientCheck.Run(t => call(t[0]), x);
    }

    [Fact]
    public void Reduction_WithAType_GivesThatType()
    {
        using var scope = NewDisposeScope();
        var x = ones([2, 3], bfloat16);

        Assert.Equal(ScalarType.Float32, x.sum(float32).dtype);
        Assert.Equal(ScalarType.Float32, x.sum(1L, type: float32).dtype);
        Assert.Equal(ScalarType.Float32, x.sum([0, 1], type: float32).dtype);
        Assert.Equal(ScalarType.Float32, x.mean([1], type: float32).dtype);
        Assert.Equal(ScalarType.Float32, x.prod(float32).dtype);
        Assert.Equal(ScalarType.Float32, x.cumsum(0, float32).dtype);
        Assert.Equal(ScalarType.Float32, x.cumprod(0, float32).dtype);
        Assert.Equal(ScalarType.Float64, x.to(float32).std(1L, type: float64).dtype);
        Assert.Equal(ScalarType.Float64, x.to(float32).var([1L], type: float64).dtype);
        Assert.Equal(ScalarType.BFloat16, x.sum().dtype);
        Assert.Equal(ScalarType.Int64, x.to(int32).sum().dtype);
    }

    [Fact]
    public void Reduction_OverSeveralDimensions_TakesThemTogether()
    {
        using var scope = NewDisposeScope();
        var x = PlainValues.Sample([2, 3, 4]);
        var v = PlainValues.Of(x);
        var sums = Enumerable.Range(0, 3).Select(j => Enumerable.Range(0, 24).Where(i => i / 4 % 3 == j).Sum(i => v[i])).ToArray();

        PlainValues.Close([3], sums, x.sum([0, 2]));
        PlainValues.Close([1, 3, 1], [.. sums.Select(sum => sum / 8)], x.mean([0, 2], keepdim: true));
        PlainValues.Close([3], [.. Enumerable.Range(0, 3).Select(j => Enumerable.Range(0, 24).Where(i => i / 4 % 3 == j).Max(i => v[i]))], x.amax(0, 2));
    }

    [Fact]
    public void MaxAndMin_AlongADimension_SayWhere()
    {
        using var scope = NewDisposeScope();
        var x = tensor([3.0, 1.0, 2.0, 4.0, 6.0, 5.0], [2, 3]);

        Assert.Equal([0L, 1L], x.max(1L).indexes.data<long>().ToArray());
        Assert.Equal([1L, 0L], x.min(1L).indexes.data<long>().ToArray());
        Assert.Equal([1, 3], x.min(0L, keepdim: true).values.shape);
    }

    [Fact]
    public void AmaxAndAmin_IntoATensor_FillIt()
    {
        using var scope = NewDisposeScope();
        var x = tensor([3.0, 1.0, 2.0]);
        var target = zeros([], float64);

        Assert.Same(target, x.amax([0], @out: target));
        PlainValues.Close([3], target);
        Assert.Same(target, x.amin([0], @out: target));
        PlainValues.Close([1], target);
    }

    [Fact]
    public void Topk_GivesTheGreatest()
    {
        using var scope = NewDisposeScope();
        var x = tensor([3.0, 1.0, 2.0, 5.0]);

        var (values, indices) = x.topk(2);
        var smallest = x.topk(2, dim: 0, largest: false, sorted: true);

        PlainValues.Close([5, 3], values);
        Assert.Equal([3L, 0L], indices.data<long>().ToArray());
        PlainValues.Close([1, 2], smallest.values);
        GradientCheck.Run(t => t[0].topk(2).values, x);
    }

    [Fact]
    public void Sort_OrdersAndSaysFromWhere()
    {
        using var scope = NewDisposeScope();
        var x = tensor([3.0, 1.0, 2.0, 1.0]);

        var (values, indices) = x.sort(stable: true);
        var falling = x.sort(dim: 0, descending: true);

        PlainValues.Close([1, 1, 2, 3], values);
        Assert.Equal([1L, 3L, 2L, 0L], indices.data<long>().ToArray());
        PlainValues.Close([3, 2, 1, 1], falling.Values);
        Assert.Equal([1L, 2L, 0L], tensor([3.0, 1.0, 2.0]).argsort().data<long>().ToArray());
        Assert.Equal([0L, 2L, 1L], tensor([3.0, 1.0, 2.0]).argsort(0, descending: true).data<long>().ToArray());
        GradientCheck.Run(t => t[0].sort().Values, tensor([3.0, 1.0, 2.0]));
    }

    [Fact]
    public void Quantile_OfSeveral_InterpolatesLinearly()
    {
        using var scope = NewDisposeScope();
        var x = tensor([0.0, 10.0, 20.0, 30.0]);

        PlainValues.Close([2], [7.5, 22.5], x.quantile(tensor([0.25, 0.75])));
        PlainValues.Close([2, 1], [0, 30], x.quantile(tensor([0.0, 1.0]), 0, keepdim: true));
    }

    [Fact]
    public void Cumulation_AddsAndMultipliesAlong()
    {
        using var scope = NewDisposeScope();
        var x = tensor([1.0, 2.0, 3.0, 4.0], [2, 2]);

        PlainValues.Close([1, 3, 3, 7], x.cumsum(1));
        PlainValues.Close([1, 2, 3, 8], x.cumprod(0));
        GradientCheck.Run(t => t[0].cumsum(0), x);
        GradientCheck.Run(t => t[0].cumprod(1), x);
    }

    private static double Variance(double[] values, int correction)
    {
        var mean = values.Average();
        return values.Sum(value => (value - mean) * (value - mean)) / (values.Length - correction);
    }
}
