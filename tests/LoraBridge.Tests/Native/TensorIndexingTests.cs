using TorchSharp;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Native;

public sealed class TensorIndexingTests
{
    /// <summary>A selection from the (2, 3, 4) tensor 0 … 23.</summary>
    private sealed record Selection(Func<Tensor, Tensor> Call, long[] Shape, double[] Expected);

    private static readonly Dictionary<string, Selection> s_selections = new()
    {
        ["[1]"] = new(x => x[1], [3, 4], Range(12, 12)),
        ["[-1, 0]"] = new(x => x[-1, 0], [4], Range(12, 4)),
        ["[1, 2, 3]"] = new(x => x[1, 2, 3], [], [23]),
        ["four numbers"] = new(x => x.unsqueeze(0)[0, 1, 2, 3], [], [23]),
        ["[^1]"] = new(x => x[(TensorIndex)(^1)], [3, 4], Range(12, 12)),
        ["[..]"] = new(x => x[..], [2, 3, 4], Range(0, 24)),
        ["[0, 1..3]"] = new(x => x[0, 1..3], [2, 4], Range(4, 8)),
        ["[.., ..^2]"] = new(x => x[.., ..^2], [2, 1, 4], [.. Range(0, 4), .. Range(12, 4)]),
        ["[0, ^1..]"] = new(x => x[0, ^1..], [1, 4], Range(8, 4)),
        ["a pair"] = new(x => x[0, 0, (1, 3)], [2], [1, 2]),
        ["an open pair"] = new(x => x[0, 0, (null, 2)], [2], [0, 1]),
        ["Slice with a step"] = new(x => x[0, 0, TensorIndex.Slice(0, null, 2)], [2], [0, 2]),
        ["Slice of a pair"] = new(x => x[0, 0, TensorIndex.Slice((1, null))], [3], [1, 2, 3]),
        ["Slice of a range"] = new(x => x[0, 0, TensorIndex.Slice(1..^1)], [2], [1, 2]),
        ["Single"] = new(x => x[TensorIndex.Single(0), TensorIndex.Single(-1)], [4], Range(8, 4)),
        ["Ellipsis"] = new(x => x[TensorIndex.Ellipsis, 1], [2, 3], [1, 5, 9, 13, 17, 21]),
        ["Colon"] = new(x => x[TensorIndex.Colon, 0, 0], [2], [0, 12]),
        ["None"] = new(x => x[0, TensorIndex.None, 0], [1, 4], Range(0, 4)),
        ["Bool true"] = new(x => x[TensorIndex.Bool(true), 0, 0, 0], [1], [0]),
        ["Bool false"] = new(x => x[TensorIndex.Bool(false)], [0, 2, 3, 4], []),
        ["Tensor"] = new(x => x[TensorIndex.Tensor(tensor([1L, 0L])), 0, 0], [2], [12, 0]),
        ["Tensor in the middle"] = new(x => x[TensorIndex.Colon, TensorIndex.Tensor(tensor([2L])), TensorIndex.Slice(0, 1)], [2, 1, 1], [8, 20]),
        ["a mask"] = new(x => x[x > 20], [3], [21, 22, 23]),
        ["a mask of two dimensions, then a number"] = new(x => x[TensorIndex.Tensor(x[.., .., 0] > 12), 3], [2], [19, 23]),
        ["two tensors"] = new(x => x[tensor([0L, 1L]), tensor([0L, 2L])], [2, 4], [.. Range(0, 4), .. Range(20, 4)]),
        ["index"] = new(x => x.index(1, 0), [4], Range(12, 4)),
        ["index by tensors"] = new(x => x.index(tensor([1L])), [1, 3, 4], Range(12, 12)),
        ["index_select"] = new(x => x.index_select(2, tensor([3L, 0L]))[0, 0], [2], [3, 0]),
        ["select"] = new(x => x.select(1, -1), [2, 4], [.. Range(8, 4), .. Range(20, 4)]),
        ["slice"] = new(x => x.slice(2, 1, 4, 2)[0, 0], [2], [1, 3]),
        ["narrow"] = new(x => x.narrow(1, 1, 2)[0], [2, 4], Range(4, 8)),
        ["gather"] = new(x => x[0].gather(0, tensor([2L, 1, 0, 1], [1, 4])), [1, 4], [8, 5, 2, 7]),
        ["take"] = new(x => x.take(tensor([0L, 23L])), [2], [0, 23]),
        ["take_along_dim"] = new(x => x[0].take_along_dim(tensor([3L, 0, 1], [3, 1]), 1), [3, 1], [3, 4, 9]),
        ["masked_select"] = new(x => x.masked_select(x < 2), [2], [0, 1]),
        ["masked_fill"] = new(x => x[0, 0].masked_fill(x[0, 0] > 1, -1), [4], [0, 1, -1, -1]),
        ["where"] = new(x => x[0, 0].where(x[0, 0] > 1, x[1, 0]), [4], [12, 13, 2, 3]),
        ["index_add"] = new(x => x[0, 0].index_add(0, tensor([1L, 1L]), tensor([1.0, 2.0]), 10), [4], [0, 31, 2, 3]),
        ["scatter"] = new(x => x[0, 0].scatter(0, tensor([3L]), tensor([-5.0])), [4], [0, 1, 2, -5]),
        ["scatter_add"] = new(x => x[0, 0].scatter_add(0, tensor([3L, 3L]), tensor([1.0, 2.0])), [4], [0, 1, 2, 6]),
    };

    /// <summary>A change in place of the tensor 0 … 5, (2, 3).</summary>
    private sealed record Change(Action<Tensor> Make, double[] Expected);

    private static readonly Dictionary<string, Change> s_changes = new()
    {
        ["[1]"] = new(x => x[1] = tensor(-1.0), [0, 1, 2, -1, -1, -1]),
        ["[0, 1]"] = new(x => x[0, 1] = tensor(-1.0), [0, -1, 2, 3, 4, 5]),
        ["three numbers"] = new(x => x.view(1, 2, 3)[0, 1, 2] = tensor(-1.0), [0, 1, 2, 3, 4, -1]),
        ["four numbers"] = new(x => x.view(1, 1, 2, 3)[0, 0, 0, 0] = tensor(-1.0), [-1, 1, 2, 3, 4, 5]),
        ["[.., 1..]"] = new(x => x[.., 1..] = tensor([-1.0, -2.0]), [0, -1, -2, 3, -1, -2]),
        ["[..]"] = new(x => x[..] = tensor(7.0), [7, 7, 7, 7, 7, 7]),
        ["a mask"] = new(x => x[x > 3] = tensor(-1.0), [0, 1, 2, 3, -1, -1]),
        ["two tensors"] = new(x => x[tensor([0L, 1L]), tensor([2L, 0L])] = tensor([-1.0, -2.0]), [0, 1, -1, -2, 4, 5]),
        ["index_put_"] = new(x => Assert.Same(x, x.index_put_(tensor(-1.0), TensorIndex.Colon, 0)), [-1, 1, 2, -1, 4, 5]),
        ["index_put_ with a tensor among them"] = new(x => x.index_put_(tensor(-1.0), 0, TensorIndex.Tensor(tensor([0L, 2L]))), [-1, 1, -1, 3, 4, 5]),
        ["index_put_ by tensors"] = new(x => Assert.Same(x, x.index_put_(tensor(-1.0), tensor([1L]))), [0, 1, 2, -1, -1, -1]),
        ["index_put_ of a number"] = new(x => Assert.Same(x, x.index_put_((Scalar)(-1), 0, 0)), [-1, 1, 2, 3, 4, 5]),
        ["index_put_ of a number by tensors"] = new(x => Assert.Same(x, x.index_put_((Scalar)(-1), tensor([0L]))), [-1, -1, -1, 3, 4, 5]),
        ["index_add_"] = new(x => Assert.Same(x, x.index_add_(1, tensor([2L]), ones([2, 1], float64), 10)), [0, 1, 12, 3, 4, 15]),
        ["index_copy_"] = new(x => Assert.Same(x, x.index_copy_(0, tensor([1L]), zeros([1, 3], float64))), [0, 1, 2, 0, 0, 0]),
        ["scatter_"] = new(x => Assert.Same(x, x.scatter_(1, tensor([2L, 0L], [2, 1]), tensor([-1.0, -2.0], [2, 1]))), [0, 1, -1, -2, 4, 5]),
        ["scatter_add_"] = new(x => Assert.Same(x, x.scatter_add_(1, tensor([2L, 0L], [2, 1]), tensor([-1.0, -2.0], [2, 1]))), [0, 1, 1, 1, 4, 5]),
        ["masked_fill_"] = new(x => Assert.Same(x, x.masked_fill_(x > 3, -1)), [0, 1, 2, 3, -1, -1]),
        ["by two places"] = new(x => x[^1, ^1] = tensor(9.0), [0, 1, 2, 3, 4, 9]),
    };

    public static TheoryData<string> Selections => [.. s_selections.Keys];

    public static TheoryData<string> Changes => [.. s_changes.Keys];

    [Theory]
    [MemberData(nameof(Selections))]
    public void Selection_OfTwoByThreeByFour_HasTheseNumbers(string name)
    {
        using var scope = NewDisposeScope();
        var (call, shape, expected) = s_selections[name];
        var x = arange(24, float64).view(2, 3, 4);

        var selected = call(x);

        Assert.NotSame(x, selected);
        PlainValues.Close(shape, expected, selected, 0, name);
        // masks are taken of the numbers 0 … 23, so the gradient is checked by what a selection sends back: a one for each element
        var leaf = arange(24, float64).requires_grad_();
        var again = call(leaf.view(2, 3, 4));
        if (name.StartsWith("scatter", StringComparison.Ordinal) || name.StartsWith("masked_fill", StringComparison.Ordinal) || name == "where" || name == "index_add") return;
        again.sum().backward();
        PlainValues.Close([.. Range(0, 24).Select(i => (double)expected.Count(value => value == i))], leaf.grad!, 0, name);
    }

    [Fact]
    public void Selection_WithASource_SendsGradientsToBoth()
    {
        using var scope = NewDisposeScope();
        var x = PlainValues.Sample([4], seed: 1);
        var y = PlainValues.Sample([2], seed: 2);
        var all = PlainValues.Sample([4], seed: 3);
        var at = tensor([3L, 1L]);

        GradientCheck.Run(t => t[0].scatter(0, at, t[1]), x, y);
        GradientCheck.Run(t => t[0].scatter_add(0, at, t[1]), x, y);
        GradientCheck.Run(t => t[0].index_add(0, at, t[1], 2), x, y);
        GradientCheck.Run(t => t[0].where(all > 0, t[1]), x, all);
        GradientCheck.Run(t => t[0].masked_fill(all > 0, 3), x);
        GradientCheck.Run(t => t[0].clone().index_put_(t[1], at), x, y);
        GradientCheck.Run(t => t[0].clone().index_put_(t[1], 1..3), x, y);
        GradientCheck.Run(t => t[0].clone().index_add_(0, at, t[1], 2), x, y);
        GradientCheck.Run(t => t[0].clone().index_copy_(0, at, t[1]), x, y);
        GradientCheck.Run(t => t[0].clone().scatter_(0, at, t[1]), x, y);
        GradientCheck.Run(t => t[0].clone().scatter_add_(0, at, t[1]), x, y);
        GradientCheck.Run(t => t[0].clone().masked_fill_(all > 0, 3), x);
    }

    [Theory]
    [MemberData(nameof(Changes))]
    public void Change_OfAPart_LeavesTheRest(string name)
    {
        using var scope = NewDisposeScope();
        var (make, expected) = s_changes[name];
        var x = arange(6, float64).view(2, 3);

        make(x);

        PlainValues.Close([2, 3], expected, x, 0, name);
    }

    [Fact]
    public void Selection_ByNumbers_SharesMemory()
    {
        using var scope = NewDisposeScope();
        var x = zeros([2, 2], float64);

        x[1].fill_(3);
        x[.., 0].add_(1);

        PlainValues.Close([1, 0, 4, 3], x);
    }

    [Fact]
    public void Index_LeavesNothingInTheScopeButItsResult()
    {
        using var scope = NewDisposeScope();
        var x = arange(24, float64).view(2, 3, 4);
        var before = scope.DisposablesCount;

        _ = x[1, 1.., TensorIndex.None, ^1];
        x[1, 1..2, 0] = x[0, 0, 0];

        Assert.Equal(before + 2, scope.DisposablesCount);
    }

    [Fact]
    public void Nonzero_ListsThePlaces()
    {
        using var scope = NewDisposeScope();

        PlainValues.Close([2, 2], [0, 1, 1, 0], tensor([0.0, 5.0, 6.0, 0.0], [2, 2]).nonzero());
    }

    [Fact]
    public void Index_OutOfBounds_Throws()
    {
        using var scope = NewDisposeScope();
        var x = zeros(2, 3);

        Assert.ThrowsAny<Exception>(() => x[5]);
        Assert.ThrowsAny<Exception>(() => x[0, 0, 0]);
        Assert.ThrowsAny<Exception>(() => x.index_select(0, tensor([9L])));
    }

    private static double[] Range(int start, int count) => [.. Enumerable.Range(start, count).Select(i => (double)i)];
}
