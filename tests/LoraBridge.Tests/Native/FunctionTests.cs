using TorchSharp;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Native;

/// <summary>The functions of <c>torch</c>: those with a method of the same name must agree with it.</summary>
public sealed class FunctionTests
{
    private static readonly Dictionary<string, (Func<Tensor, Tensor> OfFunction, Func<Tensor, Tensor> OfMember)> s_twins = new()
    {
        ["exp"] = (x => exp(x), x => x.exp()),
        ["log"] = (x => log(x), x => x.log()),
        ["sqrt"] = (x => sqrt(x), x => x.sqrt()),
        ["rsqrt"] = (x => rsqrt(x), x => x.rsqrt()),
        ["abs"] = (x => abs(x), x => x.abs()),
        ["sin"] = (x => sin(x), x => x.sin()),
        ["cos"] = (x => cos(x), x => x.cos()),
        ["tanh"] = (x => tanh(x), x => x.tanh()),
        ["sigmoid"] = (x => sigmoid(x), x => x.sigmoid()),
        ["sum"] = (x => sum(x), x => x.sum()),
        ["sum in a type"] = (x => sum(x, float32), x => x.sum(float32)),
        ["mean"] = (x => mean(x), x => x.mean()),
        ["max"] = (x => max(x), x => x.max()),
        ["min"] = (x => min(x), x => x.min()),
        ["maximum"] = (x => maximum(x, x.flip(0)), x => x.maximum(x.flip(0))),
        ["minimum"] = (x => minimum(x, x.flip(0)), x => x.minimum(x.flip(0))),
        ["pow"] = (x => pow(x, 1.5), x => x.pow(1.5)),
        ["outer"] = (x => outer(x[0], x[1]), x => x[0].outer(x[1])),
        ["dot"] = (x => dot(x[0], x[1]), x => x[0].dot(x[1])),
        ["tril"] = (x => tril(x, 1), x => x.tril(1)),
        ["triu"] = (x => triu(x, 1), x => x.triu(1)),
        ["diag"] = (x => diag(x, 1), x => x.diag(1)),
        ["norm"] = (x => norm(x, 3), x => x.norm(3f)),
        ["isnan"] = (x => isnan(x), x => x.isnan()),
        ["isinf"] = (x => isinf(x), x => x.isinf()),
        ["isfinite"] = (x => isfinite(x), x => x.isfinite()),
        ["clamp"] = (x => clamp(x, 0.5, 1), x => x.clamp((Scalar)0.5, (Scalar)1)),
        ["mm"] = (x => mm(x, x), x => x.mm(x)),
        ["bmm"] = (x => bmm(x.unsqueeze(0), x.unsqueeze(0)), x => x.unsqueeze(0).bmm(x.unsqueeze(0))),
        ["addmm"] = (x => addmm(x, x, x, 0.5f, 2), x => x.addmm(x, x, 0.5f, 2)),
        ["baddbmm"] = (x => baddbmm(x.unsqueeze(0), x.unsqueeze(0), x.unsqueeze(0), 0.5f, 2), x => x.unsqueeze(0).baddbmm(x.unsqueeze(0), x.unsqueeze(0), 0.5f, 2)),
        ["softmax"] = (x => softmax(x, 1), x => x.softmax(1)),
        ["softmax in a type"] = (x => softmax(x, 1, float32), x => x.softmax(1, float32)),
        ["lerp"] = (x => lerp(x, x.t(), x), x => x.lerp(x.t(), x)),
        ["quantile"] = (x => quantile(x, tensor([0.3]), 0, true), x => x.quantile(tensor([0.3]), 0, true)),
        ["bucketize"] = (x => bucketize(x, tensor([0.5, 1.0])), x => x.bucketize(tensor([0.5, 1.0]))),
    };

    public static TheoryData<string> Twins => [.. s_twins.Keys];

    [Theory]
    [MemberData(nameof(Twins))]
    public void Function_OfATensor_IsItsMethod(string name)
    {
        using var scope = NewDisposeScope();
        var x = PlainValues.Sample([3, 3], 0.2, 1.8);

        TensorAssert.Same(s_twins[name].OfMember(x), s_twins[name].OfFunction(x));
    }

    [Fact]
    public void Cat_JoinsAlongADimension()
    {
        using var scope = NewDisposeScope();
        var (a, b) = (PlainValues.Sample([2, 1], seed: 1), PlainValues.Sample([2, 2], seed: 2));
        var (p, q) = (PlainValues.Of(a), PlainValues.Of(b));

        PlainValues.Close([2, 3], [p[0], q[0], q[1], p[1], q[2], q[3]], cat([a, b], 1));
        PlainValues.Close([2, 3], [p[0], q[0], q[1], p[1], q[2], q[3]], concat(new List<Tensor> { a, b }, -1));
        GradientCheck.Run(x => cat([x[0], x[1]], 1), a, b);
    }

    [Fact]
    public void Stack_MakesANewDimension()
    {
        using var scope = NewDisposeScope();
        var (a, b) = (tensor([1.0, 2.0]), tensor([3.0, 4.0]));

        PlainValues.Close([2, 2], [1, 2, 3, 4], stack([a, b]));
        PlainValues.Close([2, 2], [1, 3, 2, 4], stack(new List<Tensor> { a, b }, 1));
        GradientCheck.Run(x => stack([x[0], x[1]], 1), a, b);
    }

    [Fact]
    public void Where_ChoosesEachElement()
    {
        using var scope = NewDisposeScope();
        var (a, b) = (tensor([1.0, 2.0]), tensor([3.0, 4.0]));

        PlainValues.Close([1, 4], where(tensor([true, false]), a, b));
        GradientCheck.Run(x => where(tensor([true, false]), x[0], x[1]), a, b);
    }

    [Fact]
    public void Einsum_SumsOverTheRepeatedLetters()
    {
        using var scope = NewDisposeScope();
        var (a, b) = (PlainValues.Sample([2, 3], seed: 1), PlainValues.Sample([3, 2], seed: 2));

        TensorAssert.Close(a.mm(b), einsum("ij,jk->ik", a, b), 1e-12);
        PlainValues.Close([], [PlainValues.Of(a).Sum()], einsum("ij->", a));
        GradientCheck.Run(x => einsum("ij,jk->ki", x[0], x[1]), a, b);
    }

    [Fact]
    public void Meshgrid_SpreadsItsAxes()
    {
        using var scope = NewDisposeScope();
        var grid = meshgrid([arange(2), arange(3)]);
        var picture = meshgrid([arange(2), arange(3)], "xy");

        PlainValues.Close([2, 3], [0, 0, 0, 1, 1, 1], grid[0]);
        PlainValues.Close([2, 3], [0, 1, 2, 0, 1, 2], grid[1]);
        Assert.Equal([3, 2], picture[0].shape);
    }

    [Fact]
    public void Searchsorted_FindsThePlaces()
    {
        using var scope = NewDisposeScope();
        var sorted = tensor([1.0, 2.0, 3.0]);
        var unsorted = tensor([3.0, 1.0, 2.0]);

        PlainValues.Close([1, 3], searchsorted(sorted, tensor([2.0, 9.0])));
        PlainValues.Close([2, 3], searchsorted(sorted, tensor([2.0, 9.0]), right: true));
        PlainValues.Close([1, 3], searchsorted(unsorted, tensor([2.0, 9.0]), sorter: tensor([1L, 2L, 0L])));
        Assert.Equal(ScalarType.Int32, searchsorted(sorted, tensor([2.0]), out_int32: true).dtype);
    }

    [Fact]
    public void Allclose_IsTheMethod()
    {
        using var scope = NewDisposeScope();

        Assert.True(allclose(tensor([1.0]), tensor([1.0 + 1e-9])));
        Assert.False(allclose(tensor([1.0]), tensor([1.1])));
    }
}
