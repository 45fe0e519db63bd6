using TorchSharp;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Native;

public sealed class TensorArithmeticTests
{
    private static readonly double[] s_left = [-2.5, -0.75, 0.5, 1.25, 3.5, 7.25];
    private static readonly double[] s_right = [1.5, -2.25, 0.75, 4.5, -1.25, 2.0];

    /// <summary>Two tensors of one shape, element by element.</summary>
    private sealed record Binary(Func<Tensor, Tensor, Tensor> Call, Func<double, double, double> Expected, bool InPlace = false, bool Positive = false, bool Differentiable = true);

    private static readonly Dictionary<string, Binary> s_binary = new()
    {
        ["add"] = new((a, b) => a.add(b), (a, b) => a + b),
        ["add_"] = new((a, b) => a.add_(b), (a, b) => a + b, InPlace: true),
        ["add, alpha"] = new((a, b) => a.add(b, 0.5), (a, b) => a + b / 2),
        ["add_, alpha"] = new((a, b) => a.add_(b, 0.5), (a, b) => a + b / 2, InPlace: true),
        ["sub"] = new((a, b) => a.sub(b), (a, b) => a - b),
        ["sub_"] = new((a, b) => a.sub_(b), (a, b) => a - b, InPlace: true),
        ["mul"] = new((a, b) => a.mul(b), (a, b) => a * b),
        ["mul_"] = new((a, b) => a.mul_(b), (a, b) => a * b, InPlace: true),
        ["div"] = new((a, b) => a.div(b), (a, b) => a / b),
        ["div_"] = new((a, b) => a.div_(b), (a, b) => a / b, InPlace: true),
        ["div, floor"] = new((a, b) => a.div(b, RoundingMode.floor), (a, b) => Math.Floor(a / b)),
        ["div_, floor"] = new((a, b) => a.div_(b, RoundingMode.floor), (a, b) => Math.Floor(a / b), InPlace: true),
        ["div, trunc"] = new((a, b) => a.div(b, RoundingMode.trunc), (a, b) => Math.Truncate(a / b)),
        ["div_, trunc"] = new((a, b) => a.div_(b, RoundingMode.trunc), (a, b) => Math.Truncate(a / b), InPlace: true),
        ["remainder"] = new((a, b) => a.remainder(b), FloorRemainder),
        ["fmod"] = new((a, b) => a.fmod(b), (a, b) => a % b),
        ["pow"] = new((a, b) => a.pow(b), Math.Pow, Positive: true),
        ["pow_"] = new((a, b) => a.pow_(b), Math.Pow, InPlace: true, Positive: true),
        ["floor_divide"] = new((a, b) => a.floor_divide(b), (a, b) => Math.Floor(a / b), Positive: true, Differentiable: false),
        ["operator +"] = new((a, b) => a + b, (a, b) => a + b),
        ["operator -"] = new((a, b) => a - b, (a, b) => a - b),
        ["operator *"] = new((a, b) => a * b, (a, b) => a * b),
        ["operator /"] = new((a, b) => a / b, (a, b) => a / b),
        ["operator %"] = new((a, b) => a % b, FloorRemainder),
    };

    /// <summary>A tensor and a number; numbers come in every type that has an operator of its own.</summary>
    private sealed record WithNumber(Func<Tensor, Tensor> Call, Func<double, double> Expected, bool InPlace = false, bool Positive = false);

    private static readonly Dictionary<string, WithNumber> s_withNumber = new()
    {
        ["add"] = new(x => x.add(1.5), x => x + 1.5),
        ["add_"] = new(x => x.add_(1.5), x => x + 1.5, InPlace: true),
        ["sub"] = new(x => x.sub(1.5), x => x - 1.5),
        ["sub_"] = new(x => x.sub_(1.5), x => x - 1.5, InPlace: true),
        ["mul"] = new(x => x.mul(1.5), x => x * 1.5),
        ["mul_"] = new(x => x.mul_(1.5), x => x * 1.5, InPlace: true),
        ["div"] = new(x => x.div(1.5), x => x / 1.5),
        ["div_"] = new(x => x.div_(1.5), x => x / 1.5, InPlace: true),
        ["div, floor"] = new(x => x.div(1.5, RoundingMode.floor), x => Math.Floor(x / 1.5)),
        ["div_, floor"] = new(x => x.div_(1.5, RoundingMode.floor), x => Math.Floor(x / 1.5), InPlace: true),
        ["div, trunc"] = new(x => x.div(1.5, RoundingMode.trunc), x => Math.Truncate(x / 1.5)),
        ["div_, trunc"] = new(x => x.div_(1.5, RoundingMode.trunc), x => Math.Truncate(x / 1.5), InPlace: true),
        ["remainder"] = new(x => x.remainder(1.5), x => FloorRemainder(x, 1.5)),
        ["fmod"] = new(x => x.fmod(1.5), x => x % 1.5),
        ["pow"] = new(x => x.pow(1.5), x => Math.Pow(x, 1.5), Positive: true),
        ["pow, whole"] = new(x => x.pow(3), x => x * x * x),
        ["pow_"] = new(x => x.pow_(1.5), x => Math.Pow(x, 1.5), InPlace: true, Positive: true),
        ["x + Scalar"] = new(x => x + (Scalar)2.0, x => x + 2),
        ["x + int"] = new(x => x + 2, x => x + 2),
        ["x + long"] = new(x => x + 2L, x => x + 2),
        ["x + float"] = new(x => x + 2f, x => x + 2),
        ["x + double"] = new(x => x + 2.0, x => x + 2),
        ["Scalar + x"] = new(x => (Scalar)2.0 + x, x => x + 2),
        ["int + x"] = new(x => 2 + x, x => x + 2),
        ["long + x"] = new(x => 2L + x, x => x + 2),
        ["float + x"] = new(x => 2f + x, x => x + 2),
        ["double + x"] = new(x => 2.0 + x, x => x + 2),
        ["x - Scalar"] = new(x => x - (Scalar)2.0, x => x - 2),
        ["x - int"] = new(x => x - 2, x => x - 2),
        ["x - long"] = new(x => x - 2L, x => x - 2),
        ["x - float"] = new(x => x - 2f, x => x - 2),
        ["x - double"] = new(x => x - 2.0, x => x - 2),
        ["Scalar - x"] = new(x => (Scalar)2.0 - x, x => 2 - x),
        ["int - x"] = new(x => 2 - x, x => 2 - x),
        ["long - x"] = new(x => 2L - x, x => 2 - x),
        ["float - x"] = new(x => 2f - x, x => 2 - x),
        ["double - x"] = new(x => 2.0 - x, x => 2 - x),
        ["x * Scalar"] = new(x => x * (Scalar)2.5, x => x * 2.5),
        ["x * int"] = new(x => x * 2, x => x * 2),
        ["x * long"] = new(x => x * 2L, x => x * 2),
        ["x * float"] = new(x => x * 2.5f, x => x * 2.5),
        ["x * double"] = new(x => x * 2.5, x => x * 2.5),
        ["Scalar * x"] = new(x => (Scalar)2.5 * x, x => x * 2.5),
        ["int * x"] = new(x => 2 * x, x => x * 2),
        ["long * x"] = new(x => 2L * x, x => x * 2),
        ["float * x"] = new(x => 2.5f * x, x => x * 2.5),
        ["double * x"] = new(x => 2.5 * x, x => x * 2.5),
        ["x / Scalar"] = new(x => x / (Scalar)2.5, x => x / 2.5),
        ["x / int"] = new(x => x / 2, x => x / 2),
        ["x / long"] = new(x => x / 2L, x => x / 2),
        ["x / float"] = new(x => x / 2.5f, x => x / 2.5),
        ["x / double"] = new(x => x / 2.5, x => x / 2.5),
        ["Scalar / x"] = new(x => (Scalar)2.5 / x, x => 2.5 / x),
        ["int / x"] = new(x => 2 / x, x => 2 / x),
        ["long / x"] = new(x => 2L / x, x => 2 / x),
        ["float / x"] = new(x => 2.5f / x, x => 2.5 / x),
        ["double / x"] = new(x => 2.5 / x, x => 2.5 / x),
        ["x % Scalar"] = new(x => x % (Scalar)2.0, x => FloorRemainder(x, 2)),
        ["x % int"] = new(x => x % 2, x => FloorRemainder(x, 2)),
        ["x % long"] = new(x => x % 2L, x => FloorRemainder(x, 2)),
        ["x % float"] = new(x => x % 2f, x => FloorRemainder(x, 2)),
        ["x % double"] = new(x => x % 2.0, x => FloorRemainder(x, 2)),
        ["-x"] = new(x => -x, x => -x),
    };

    public static TheoryData<string> Binaries => [.. s_binary.Keys];

    public static TheoryData<string> Numbers => [.. s_withNumber.Keys];

    [Theory]
    [MemberData(nameof(Binaries))]
    public void Binary_OfTwoTensors_WorksOnEachPairOfElements(string name)
    {
        using var scope = NewDisposeScope();
        var binary = s_binary[name];
        var (left, right) = (binary.Positive ? [.. s_left.Select(Math.Abs)] : s_left, binary.Positive ? [.. s_right.Select(Math.Abs)] : s_right);
        var a = tensor(left);

        var result = binary.Call(a, tensor(right));

        Assert.Equal(binary.InPlace, ReferenceEquals(a, result));
        PlainValues.Close([.. left.Zip(right, binary.Expected)], result, 1e-12, name);
        if (!binary.Differentiable) return;
        GradientCheck.Run(x => binary.Call(binary.InPlace ? x[0].clone() : x[0], x[1]), tensor(left), tensor(right));
    }

    [Theory]
    [MemberData(nameof(Numbers))]
    public void Binary_WithANumber_WorksOnEachElement(string name)
    {
        using var scope = NewDisposeScope();
        var binary = s_withNumber[name];
        var values = binary.Positive ? [.. s_left.Select(Math.Abs)] : s_left;
        var x = tensor(values);

        var result = binary.Call(x);

        Assert.Equal(binary.InPlace, ReferenceEquals(x, result));
        Assert.Equal(ScalarType.Float64, result.dtype);
        PlainValues.Close([.. values.Select(binary.Expected)], result, 1e-12, name);
        GradientCheck.Run(t => binary.Call(binary.InPlace ? t[0].clone() : t[0]), tensor(values));
    }

    [Fact]
    public void Binary_OfDifferentShapes_Broadcasts()
    {
        using var scope = NewDisposeScope();
        var column = tensor([1.0, 2.0], [2, 1]);
        var row = tensor([10.0, 20.0, 30.0], [1, 3]);

        PlainValues.Close([2, 3], [11, 21, 31, 12, 22, 32], column + row);
        GradientCheck.Run(x => x[0] * x[1], column, row);
    }

    [Fact]
    public void Arithmetic_OfDifferentTypes_PromotesAsTorchDoes()
    {
        using var scope = NewDisposeScope();

        Assert.Equal(ScalarType.BFloat16, (ones(2, bfloat16) * 0.5).dtype);
        Assert.Equal(ScalarType.Float16, (ones(2, float16) * 0.5).dtype);
        Assert.Equal(ScalarType.Float32, (ones(2, int64) + 0.5).dtype);
        Assert.Equal(ScalarType.Int64, (ones(2, int64) + 1).dtype);
        Assert.Equal(ScalarType.Float32, (ones(2, int64) / 2).dtype);
        Assert.Equal(ScalarType.Float64, (ones(2, float32) + ones(2, float64)).dtype);
        Assert.Equal(ScalarType.Float32, (ones(2, bfloat16) + ones(2, float32)).dtype);
        Assert.Equal(ScalarType.Float32, (ones(2, bfloat16) + ones(2, float16)).dtype);
        Assert.Equal(ScalarType.Float32, (ones(2, float32) + ones([], float64)).dtype);
    }

    [Fact]
    public void Addcmul_AddsAScaledProduct()
    {
        using var scope = NewDisposeScope();
        var (a, b, c) = (PlainValues.Sample([4], seed: 1), PlainValues.Sample([4], seed: 2), PlainValues.Sample([4], 0.5, 2, seed: 3));
        var rows = PlainValues.Of(a).Zip(PlainValues.Of(b), PlainValues.Of(c)).ToArray();
        var product = rows.Select(x => x.First + 0.3 * x.Second * x.Third).ToArray();
        var quotient = rows.Select(x => x.First + 0.3 * x.Second / x.Third).ToArray();

        PlainValues.Close(product, a.addcmul(b, c, 0.3));
        PlainValues.Close(quotient, a.addcdiv(b, c, 0.3));
        GradientCheck.Run(x => x[0].addcmul(x[1], x[2], 0.3), a, b, c);
        GradientCheck.Run(x => x[0].addcdiv(x[1], x[2], 0.3), a, b, c);
        var copy = a.clone();
        Assert.Same(a, a.addcmul_(b, c, 0.3));
        Assert.Same(copy, copy.addcdiv_(b, c, 0.3));
        PlainValues.Close(product, a);
        PlainValues.Close(quotient, copy);
    }

    [Fact]
    public void MatrixProducts_AreSumsOfProducts()
    {
        using var scope = NewDisposeScope();
        var a = PlainValues.Sample([2, 3], seed: 1);
        var b = PlainValues.Sample([3, 4], seed: 2);
        var v = PlainValues.Sample([3], seed: 3);
        var w = PlainValues.Sample([3], seed: 4);
        var bias = PlainValues.Sample([2, 4], seed: 5);
        var product = Product(PlainValues.Of(a), PlainValues.Of(b), 2, 3, 4);
        var scaled = PlainValues.Of(bias).Zip(product, (x, y) => 0.5 * x + 2 * y).ToArray();

        PlainValues.Close([2, 4], product, a.mm(b));
        PlainValues.Close([2], Product(PlainValues.Of(a), PlainValues.Of(v), 2, 3, 1), a.mv(v));
        PlainValues.Close([], Product(PlainValues.Of(v), PlainValues.Of(w), 1, 3, 1), v.dot(w));
        PlainValues.Close([3, 3], Product(PlainValues.Of(v), PlainValues.Of(w), 3, 1, 3), v.outer(w));
        PlainValues.Close([2, 4], scaled, bias.addmm(a, b, beta: 0.5f, alpha: 2));
        GradientCheck.Run(x => x[0].mm(x[1]), a, b);
        GradientCheck.Run(x => x[0].mv(x[1]), a, v);
        GradientCheck.Run(x => x[0].dot(x[1]), v, w);
        GradientCheck.Run(x => x[0].outer(x[1]), v, w);
        GradientCheck.Run(x => x[0].addmm(x[1], x[2], 0.5f, 2), bias, a, b);
        Assert.Same(bias, bias.addmm_(a, b, beta: 0.5f, alpha: 2));
        PlainValues.Close(scaled, bias);
    }

    [Fact]
    public void BatchedProducts_AreProductsOfEachPair()
    {
        using var scope = NewDisposeScope();
        var a = PlainValues.Sample([2, 2, 3], seed: 1);
        var b = PlainValues.Sample([2, 3, 2], seed: 2);
        var bias = PlainValues.Sample([2, 2, 2], seed: 3);
        var (x, y) = (PlainValues.Of(a), PlainValues.Of(b));
        double[] product = [.. Product(x[..6], y[..6], 2, 3, 2), .. Product(x[6..], y[6..], 2, 3, 2)];

        PlainValues.Close([2, 2, 2], product, a.bmm(b));
        PlainValues.Close([2, 2, 2], [.. PlainValues.Of(bias).Zip(product, (p, q) => 0.5 * p + 2 * q)], bias.baddbmm(a, b, 0.5f, 2));
        GradientCheck.Run(t => t[0].bmm(t[1]), a, b);
        GradientCheck.Run(t => t[0].baddbmm(t[1], t[2], 0.5f, 2), bias, a, b);
    }

    private static double[] Product(double[] a, double[] b, int rows, int inner, int columns)
    {
        var result = new double[rows * columns];
        for (var r = 0; r < rows; r++)
            for (var c = 0; c < columns; c++)
                for (var k = 0; k < inner; k++)
                    result[r * columns + c] += a[r * inner + k] * b[k * columns + c];
        return result;
    }

    // the sign of the divisor, as in Python
    private static double FloorRemainder(double a, double b) => a - b * Math.Floor(a / b);
}
