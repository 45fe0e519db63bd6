using TorchSharp;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Native;

public sealed class TensorComparisonTests
{
    private static readonly double[] s_left = [1, 2, 3, double.NaN];
    private static readonly double[] s_right = [2, 2, 1, double.NaN];

    private static readonly Dictionary<string, (Func<Tensor, Tensor, Tensor> Call, Func<double, double, bool> Expected)> s_pairs = new()
    {
        ["eq"] = ((a, b) => a.eq(b), (a, b) => a == b),
        ["ne"] = ((a, b) => a.ne(b), (a, b) => a != b),
        ["lt"] = ((a, b) => a.lt(b), (a, b) => a < b),
        ["le"] = ((a, b) => a.le(b), (a, b) => a <= b),
        ["gt"] = ((a, b) => a.gt(b), (a, b) => a > b),
        ["ge"] = ((a, b) => a.ge(b), (a, b) => a >= b),
        ["equal"] = ((a, b) => a.equal(b), (a, b) => a == b),
        ["=="] = ((a, b) => a == b, (a, b) => a == b),
        ["!="] = ((a, b) => a != b, (a, b) => a != b),
        ["<"] = ((a, b) => a < b, (a, b) => a < b),
        ["<="] = ((a, b) => a <= b, (a, b) => a <= b),
        [">"] = ((a, b) => a > b, (a, b) => a > b),
        [">="] = ((a, b) => a >= b, (a, b) => a >= b),
    };

    private static readonly Dictionary<string, (Func<Tensor, Tensor> Call, Func<double, bool> Expected)> s_withTwo = new()
    {
        ["eq"] = (x => x.eq(2), x => x == 2),
        ["ne"] = (x => x.ne(2), x => x != 2),
        ["lt"] = (x => x.lt(2), x => x < 2),
        ["le"] = (x => x.le(2), x => x <= 2),
        ["gt"] = (x => x.gt(2), x => x > 2),
        ["ge"] = (x => x.ge(2), x => x >= 2),
        ["x == 2"] = (x => x == (Scalar)2, x => x == 2),
        ["x != 2"] = (x => x != (Scalar)2, x => x != 2),
        ["x < 2"] = (x => x < (Scalar)2, x => x < 2),
        ["x <= 2"] = (x => x <= (Scalar)2, x => x <= 2),
        ["x > 2"] = (x => x > (Scalar)2, x => x > 2),
        ["x >= 2"] = (x => x >= (Scalar)2, x => x >= 2),
        ["2 == x"] = (x => (Scalar)2 == x, x => x == 2),
        ["2 != x"] = (x => (Scalar)2 != x, x => x != 2),
        ["2 < x"] = (x => (Scalar)2 < x, x => 2 < x),
        ["2 <= x"] = (x => (Scalar)2 <= x, x => 2 <= x),
        ["2 > x"] = (x => (Scalar)2 > x, x => 2 > x),
        ["2 >= x"] = (x => (Scalar)2 >= x, x => 2 >= x),
    };

    public static TheoryData<string> Pairs => [.. s_pairs.Keys];

    public static TheoryData<string> WithTwo => [.. s_withTwo.Keys];

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Comparison_OfTensors_IsATensorOfTruthValues(string name)
    {
        using var scope = NewDisposeScope();
        var (call, expected) = s_pairs[name];

        var result = call(tensor(s_left), tensor(s_right));

        Assert.Equal(ScalarType.Bool, result.dtype);
        Assert.Equal(s_left.Zip(s_right, expected), result.data<bool>().ToArray());
    }

    [Theory]
    [MemberData(nameof(WithTwo))]
    public void Comparison_WithANumber_IsATensorOfTruthValues(string name)
    {
        using var scope = NewDisposeScope();
        var (call, expected) = s_withTwo[name];

        Assert.Equal(s_left.Select(expected), call(tensor(s_left)).data<bool>().ToArray());
    }

    [Fact]
    public void Equals_OfTensors_ComparesShapeAndValues()
    {
        using var scope = NewDisposeScope();
        var a = tensor([1.0, 2.0]);

        Assert.True(a.Equals(tensor([1.0, 2.0])));
        Assert.False(a.Equals(tensor([1.0, 3.0])));
        Assert.False(a.Equals(tensor([1.0, 2.0], [2, 1])));
        Assert.False(a.Equals((object)"no tensor"));
        Assert.True(a.Equals((object)a));
        Assert.Equal(a.GetHashCode(), a.GetHashCode());
    }

    [Fact]
    public void Allclose_WithinTolerance_IsTrue()
    {
        using var scope = NewDisposeScope();
        var a = tensor([1.0, 100.0]);
        var near = tensor([1.0005, 100.05]);

        Assert.True(a.allclose(near, rtol: 1e-3));
        Assert.False(a.allclose(near));
        Assert.False(a.allclose(near, rtol: 0, atol: 0.01));
        Assert.False(tensor([double.NaN]).allclose(tensor([double.NaN])));
        Assert.True(tensor([double.NaN]).allclose(tensor([double.NaN]), equal_nan: true));
        Assert.Equal([true, false], a.isclose(near, rtol: 0, atol: 0.01).data<bool>().ToArray());
        Assert.Equal([true], tensor([double.NaN]).isclose(tensor([double.NaN]), nanEqual: true).data<bool>().ToArray());
    }

    [Theory]
    [InlineData(false, new long[] { 0, 1, 1, 3 })]
    [InlineData(true, new long[] { 0, 1, 2, 3 })]
    public void Bucketize_FindsTheIntervalOfEachElement(bool right, long[] expected)
    {
        using var scope = NewDisposeScope();
        var result = tensor([0.5, 1.5, 2.0, 9.0]).bucketize(tensor([1.0, 2.0, 3.0]), right: right);

        Assert.Equal(expected, result.data<long>().ToArray());
        Assert.Equal(ScalarType.Int32, tensor([0.5]).bucketize(tensor([1.0]), outInt32: true).dtype);
    }
}
