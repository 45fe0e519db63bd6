using TorchSharp;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Native;

public sealed class TensorMathTests
{
    private static readonly double[] s_any = [-2.3, -1.2, -0.4, 0.3, 0.7, 1.6, 2.8];
    private static readonly double[] s_positive = [0.1, 0.4, 0.9, 1.7, 3.2];
    private static readonly double[] s_unit = [-0.9, -0.5, -0.1, 0.2, 0.6, 0.8];

    /// <summary>One operator of one argument: how it is called, what it computes, and where.</summary>
    private sealed record Unary(Func<Tensor, Tensor> Call, Func<Tensor, Tensor>? InPlace, Func<double, double> Expected, double[] Points);

    private static readonly Dictionary<string, Unary> s_unary = new()
    {
        ["abs"] = new(x => x.abs(), x => x.abs_(), Math.Abs, s_any),
        ["absolute"] = new(x => x.absolute(), null, Math.Abs, s_any),
        ["neg"] = new(x => x.neg(), x => x.neg_(), x => -x, s_any),
        ["negative"] = new(x => x.negative(), null, x => -x, s_any),
        ["exp"] = new(x => x.exp(), x => x.exp_(), Math.Exp, s_any),
        ["expm1"] = new(x => x.expm1(), x => x.expm1_(), x => Math.Exp(x) - 1, s_any),
        ["log"] = new(x => x.log(), x => x.log_(), Math.Log, s_positive),
        ["log1p"] = new(x => x.log1p(), x => x.log1p_(), x => Math.Log(1 + x), s_positive),
        ["log2"] = new(x => x.log2(), x => x.log2_(), Math.Log2, s_positive),
        ["log10"] = new(x => x.log10(), x => x.log10_(), Math.Log10, s_positive),
        ["sqrt"] = new(x => x.sqrt(), x => x.sqrt_(), Math.Sqrt, s_positive),
        ["rsqrt"] = new(x => x.rsqrt(), x => x.rsqrt_(), x => 1 / Math.Sqrt(x), s_positive),
        ["reciprocal"] = new(x => x.reciprocal(), x => x.reciprocal_(), x => 1 / x, s_any),
        ["sin"] = new(x => x.sin(), x => x.sin_(), Math.Sin, s_any),
        ["cos"] = new(x => x.cos(), x => x.cos_(), Math.Cos, s_any),
        ["tan"] = new(x => x.tan(), x => x.tan_(), Math.Tan, s_unit),
        ["asin"] = new(x => x.asin(), x => x.asin_(), Math.Asin, s_unit),
        ["acos"] = new(x => x.acos(), x => x.acos_(), Math.Acos, s_unit),
        ["atan"] = new(x => x.atan(), x => x.atan_(), Math.Atan, s_any),
        ["tanh"] = new(x => x.tanh(), x => x.tanh_(), Math.Tanh, s_any),
        ["sigmoid"] = new(x => x.sigmoid(), x => x.sigmoid_(), Sigmoid, s_any),
        ["sign"] = new(x => x.sign(), x => x.sign_(), x => Math.Sign(x), s_any),
        ["floor"] = new(x => x.floor(), x => x.floor_(), Math.Floor, s_any),
        ["ceil"] = new(x => x.ceil(), x => x.ceil_(), Math.Ceiling, s_any),
        ["trunc"] = new(x => x.trunc(), x => x.trunc_(), Math.Truncate, s_any),
        ["frac"] = new(x => x.frac(), x => x.frac_(), x => x - Math.Truncate(x), s_any),
        ["round"] = new(x => x.round(), x => x.round_(), x => Math.Round(x, MidpointRounding.ToEven), s_any),
        ["round to one decimal"] = new(x => x.round(1), x => x.round_(1), x => Math.Round(x * 10, MidpointRounding.ToEven) / 10, [-1.234, 0.16, 2.718]),
        ["erf"] = new(x => x.erf(), x => x.erf_(), Erf, s_any),
        ["erfinv"] = new(x => x.erfinv(), x => x.erfinv_(), InverseErf, s_unit),
        ["relu"] = new(x => x.relu(), x => x.relu_(), x => Math.Max(x, 0), s_any),
        ["silu"] = new(x => x.silu(), x => x.silu_(), x => x * Sigmoid(x), s_any),
        ["gelu"] = new(x => x.gelu(), null, x => x * 0.5 * (1 + Erf(x / Math.Sqrt(2))), s_any),
        ["softplus"] = new(x => x.softplus(), null, x => Math.Log(1 + Math.Exp(x)), s_any),
        ["softplus, sharper, linear above 1"] = new(x => x.softplus(beta: 2, threshold: 1), null, x => 2 * x > 1 ? x : Math.Log(1 + Math.Exp(2 * x)) / 2, s_any),
        ["square"] = new(x => x.square(), null, x => x * x, s_any),
        ["clamp"] = new(x => x.clamp((Scalar)(-1.0), (Scalar)1.5), x => x.clamp_(-1.0, 1.5), x => Math.Clamp(x, -1, 1.5), s_any),
        ["clamp from below"] = new(x => x.clamp((Scalar)0.5), x => x.clamp_(min: 0.5), x => Math.Max(x, 0.5), s_any),
        ["clamp from above"] = new(x => x.clamp(max: (Scalar)0.5), x => x.clamp_(max: 0.5), x => Math.Min(x, 0.5), s_any),
        ["clip"] = new(x => x.clip(-1.0, 1.5), null, x => Math.Clamp(x, -1, 1.5), s_any),
        ["clamp_min"] = new(x => x.clamp_min(0.5), null, x => Math.Max(x, 0.5), s_any),
        ["clamp_max"] = new(x => x.clamp_max(0.5), null, x => Math.Min(x, 0.5), s_any),
        ["nan_to_num"] = new(x => x.nan_to_num(), x => x.nan_to_num_(), x => x, s_any),
    };

    public static TheoryData<string> Operators => [.. s_unary.Keys];

    public static TheoryData<string> OperatorsInPlace => [.. s_unary.Where(pair => pair.Value.InPlace is not null).Select(pair => pair.Key)];

    [Theory]
    [MemberData(nameof(Operators))]
    public void Unary_OfPlainNumbers_IsTheFunction(string name)
    {
        using var scope = NewDisposeScope();
        var unary = s_unary[name];
        var expected = unary.Points.Select(unary.Expected).ToArray();

        PlainValues.Close(expected, unary.Call(tensor(unary.Points)), 1e-12, name);
        PlainValues.Close(expected, unary.Call(tensor(unary.Points, float32)), 2e-6, name + " in float32");
    }

    [Theory]
    [MemberData(nameof(Operators))]
    public void Unary_Backward_IsTheDerivative(string name)
    {
        using var scope = NewDisposeScope();
        var unary = s_unary[name];
        const double h = 1e-5;
        var x = tensor(unary.Points, requires_grad: true);

        unary.Call(x).sum().backward();

        var slopes = unary.Points.Select(at => (unary.Expected(at + h) - unary.Expected(at - h)) / (2 * h)).ToArray();
        PlainValues.Close(slopes, x.grad!, 1e-8, name);
    }

    [Theory]
    [MemberData(nameof(OperatorsInPlace))]
    public void InPlace_ChangesTheTensor_AndReturnsIt(string name)
    {
        using var scope = NewDisposeScope();
        var unary = s_unary[name];
        var x = tensor(unary.Points);

        var result = unary.InPlace!(x);

        Assert.Same(x, result);
        PlainValues.Close([.. unary.Points.Select(unary.Expected)], x, 1e-12, name);
    }

    [Fact]
    public void NanToNum_ReplacesWhatIsNoNumber()
    {
        using var scope = NewDisposeScope();
        double[] wild = [double.NaN, double.PositiveInfinity, double.NegativeInfinity, 1.5];

        PlainValues.Close([7, 8, 9, 1.5], tensor(wild).nan_to_num(7, 8, 9));
        PlainValues.Close([0, double.MaxValue, double.MinValue, 1.5], tensor(wild).nan_to_num());
        PlainValues.Close([7, 8, 9, 1.5], tensor(wild).nan_to_num_(7, 8, 9));
    }

    [Fact]
    public void Classification_OfNumbers_TellsNanAndInfinity()
    {
        using var scope = NewDisposeScope();
        var wild = tensor([double.NaN, double.PositiveInfinity, double.NegativeInfinity, 1.5]);

        PlainValues.Close([1, 0, 0, 0], wild.isnan());
        PlainValues.Close([0, 1, 1, 0], wild.isinf());
        PlainValues.Close([0, 0, 0, 1], wild.isfinite());
        Assert.Equal(ScalarType.Bool, wild.isnan().dtype);
    }

    [Fact]
    public void Clamp_ByTensors_BoundsEachElement()
    {
        using var scope = NewDisposeScope();
        var x = tensor([-3.0, 0.5, 4.0]);
        var low = tensor([-1.0, 1.0, 0.0]);
        var high = tensor([0.0, 2.0, 3.0]);

        PlainValues.Close([-1, 1, 3], x.clamp(low, high));
        PlainValues.Close([-1, 1, 4], x.clamp(min: low));
        PlainValues.Close([-3, 0.5, 3], x.clamp(max: high));
    }

    [Fact]
    public void Lerp_GoesFromOneToTheOther()
    {
        using var scope = NewDisposeScope();
        var a = PlainValues.Sample([2, 3], seed: 1);
        var b = PlainValues.Sample([2, 3], seed: 2);
        var w = PlainValues.Sample([2, 3], 0.1, 0.9, seed: 3);
        var expected = PlainValues.Of(a).Zip(PlainValues.Of(b), PlainValues.Of(w)).Select(x => x.First + x.Third * (x.Second - x.First)).ToArray();

        PlainValues.Close([2, 3], expected, a.lerp(b, w));
        GradientCheck.Run(x => x[0].lerp(x[1], x[2]), a, b, w);
        Assert.Same(a, a.lerp_(b, w));
        PlainValues.Close(expected, a);
    }

    [Fact]
    public void Atan2_IsTheAngle()
    {
        using var scope = NewDisposeScope();
        var y = PlainValues.Sample([5], seed: 1);
        var x = PlainValues.Sample([5], seed: 2);

        PlainValues.Close([.. PlainValues.Of(y).Zip(PlainValues.Of(x), Math.Atan2)], y.atan2(x));
        GradientCheck.Run(t => t[0].atan2(t[1]), y, x);
    }

    [Fact]
    public void Softmax_AlongADimension_AddsUpToOne()
    {
        using var scope = NewDisposeScope();
        var x = PlainValues.Sample([2, 3]);
        var v = PlainValues.Of(x);
        var sums = new[] { v[..3].Sum(Math.Exp), v[3..].Sum(Math.Exp) };

        PlainValues.Close([2, 3], [.. v.Select((value, i) => Math.Exp(value) / sums[i / 3])], x.softmax(-1));
        PlainValues.Close([2, 3], [.. v.Select((value, i) => value - Math.Log(sums[i / 3]))], x.log_softmax(1));
        PlainValues.Close([1, 1, 1], x.softmax(0).sum(0L));
        Assert.Equal(ScalarType.Float32, x.softmax(0, float32).dtype);
        Assert.Equal(ScalarType.Float32, x.log_softmax(0, float32).dtype);
        GradientCheck.Run(t => t[0].softmax(0), x);
        GradientCheck.Run(t => t[0].log_softmax(-1), x);
    }

    [Fact]
    public void Logical_OfTruthValues_IsTheirTable()
    {
        using var scope = NewDisposeScope();
        var a = tensor([true, true, false, false]);
        var b = tensor([true, false, true, false]);

        PlainValues.Close([0, 0, 1, 1], a.logical_not());
        PlainValues.Close([1, 0, 0, 0], a.logical_and(b));
        PlainValues.Close([1, 1, 1, 0], a.logical_or(b));
        PlainValues.Close([0, 1, 1, 0], a.logical_xor(b));
        PlainValues.Close([0, 0, 1, 1], ~a);
        PlainValues.Close([1, 0, 0, 0], a & b);
        PlainValues.Close([1, 1, 1, 0], a | b);
        PlainValues.Close([0, 1, 1, 0], a ^ b);
    }

    [Fact]
    public void Bitwise_OfIntegers_WorksOnTheirBits()
    {
        using var scope = NewDisposeScope();
        var a = tensor(new[] { 12, 10, -1 });
        var b = tensor(new[] { 10, 3, 7 });

        PlainValues.Close([12 & 10, 10 & 3, -1 & 7], a.bitwise_and(b));
        PlainValues.Close([12 | 10, 10 | 3, -1 | 7], a.bitwise_or(b));
        PlainValues.Close([12 ^ 10, 10 ^ 3, -1 ^ 7], a.bitwise_xor(b));
        PlainValues.Close([~12, ~10, 0], a.bitwise_not());
    }

    [Fact]
    public void MaximumAndMinimum_OfTwo_ChooseEachElement()
    {
        using var scope = NewDisposeScope();
        var a = tensor([1.0, 5.0, -2.0]);
        var b = tensor([2.0, 3.0, -4.0]);

        PlainValues.Close([2, 5, -2], a.maximum(b));
        PlainValues.Close([1, 3, -4], a.minimum(b));
        GradientCheck.Run(x => x[0].maximum(x[1]), a, b);
        GradientCheck.Run(x => x[0].minimum(x[1]), a, b);
    }

    private static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

    // the series is exact to rounding for the arguments used here
    private static double Erf(double x)
    {
        double term = x, sum = x;
        for (var n = 1; n < 120; n++)
        {
            term *= -x * x / n;
            sum += term / (2 * n + 1);
        }
        return 2 / Math.Sqrt(Math.PI) * sum;
    }

    private static double InverseErf(double y)
    {
        double x = 0;
        for (var i = 0; i < 60; i++) x -= (Erf(x) - y) / (2 / Math.Sqrt(Math.PI) * Math.Exp(-x * x));
        return x;
    }
}
