using static TorchSharp.torch;

namespace LoraBridge.Tests.Native;

public sealed class TensorShapeTests
{
    /// <summary>A rearrangement of the (2, 3) tensor 0 … 5: its shape, and the number at each place.</summary>
    private sealed record Rearrangement(Func<Tensor, Tensor> Call, long[] Shape, double[] Expected);

    private static readonly Dictionary<string, Rearrangement> s_rearrangements = new()
    {
        ["view"] = new(x => x.view(3, 2), [3, 2], [0, 1, 2, 3, 4, 5]),
        ["view, open"] = new(x => x.view(-1), [6], [0, 1, 2, 3, 4, 5]),
        ["view_as"] = new(x => x.view_as(zeros(3, 2)), [3, 2], [0, 1, 2, 3, 4, 5]),
        ["reshape"] = new(x => x.reshape(1, -1), [1, 6], [0, 1, 2, 3, 4, 5]),
        ["reshape of a transposed"] = new(x => x.t().reshape(6), [6], [0, 3, 1, 4, 2, 5]),
        ["flatten"] = new(x => x.flatten(), [6], [0, 1, 2, 3, 4, 5]),
        ["flatten a part"] = new(x => x.view(1, 2, 3).flatten(0, 1), [2, 3], [0, 1, 2, 3, 4, 5]),
        ["unflatten"] = new(x => x.unflatten(1, 3, 1), [2, 3, 1], [0, 1, 2, 3, 4, 5]),
        ["unflatten, from the end, open"] = new(x => x.unflatten(-1, 1, -1), [2, 1, 3], [0, 1, 2, 3, 4, 5]),
        ["ravel"] = new(x => x.ravel(), [6], [0, 1, 2, 3, 4, 5]),
        ["permute"] = new(x => x.permute(1, 0), [3, 2], [0, 3, 1, 4, 2, 5]),
        ["transpose"] = new(x => x.transpose(0, 1), [3, 2], [0, 3, 1, 4, 2, 5]),
        ["swapaxes"] = new(x => x.swapaxes(0, -1), [3, 2], [0, 3, 1, 4, 2, 5]),
        ["swapdims"] = new(x => x.swapdims(1, 0), [3, 2], [0, 3, 1, 4, 2, 5]),
        ["t"] = new(x => x.t(), [3, 2], [0, 3, 1, 4, 2, 5]),
        ["T"] = new(x => x.T, [3, 2], [0, 3, 1, 4, 2, 5]),
        ["mT"] = new(x => x.view(1, 2, 3).mT, [1, 3, 2], [0, 3, 1, 4, 2, 5]),
        ["squeeze"] = new(x => x.view(1, 2, 1, 3).squeeze(), [2, 3], [0, 1, 2, 3, 4, 5]),
        ["squeeze one"] = new(x => x.view(1, 2, 1, 3).squeeze(2), [1, 2, 3], [0, 1, 2, 3, 4, 5]),
        ["unsqueeze"] = new(x => x.unsqueeze(1), [2, 1, 3], [0, 1, 2, 3, 4, 5]),
        ["expand"] = new(x => x.unsqueeze(0).expand(2, -1, -1), [2, 2, 3], [0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5]),
        ["expand to a list"] = new(x => x.expand(new long[] { 2, 2, 3 }, isImplicit: false), [2, 2, 3], [0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5]),
        ["expand to a span"] = new(x => x.expand((ReadOnlySpan<long>)[1, 2, 3], isImplicit: true), [1, 2, 3], [0, 1, 2, 3, 4, 5]),
        ["expand_as"] = new(x => x.expand_as(zeros(1, 2, 3)), [1, 2, 3], [0, 1, 2, 3, 4, 5]),
        ["broadcast_to"] = new(x => x.broadcast_to(2, 2, 3), [2, 2, 3], [0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5]),
        ["repeat"] = new(x => x.repeat(1, 2), [2, 6], [0, 1, 2, 0, 1, 2, 3, 4, 5, 3, 4, 5]),
        ["repeat_interleave"] = new(x => x.repeat_interleave(2, dim: 0), [4, 3], [0, 1, 2, 0, 1, 2, 3, 4, 5, 3, 4, 5]),
        ["repeat_interleave, flat"] = new(x => x.repeat_interleave(2), [12], [0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5]),
        ["repeat_interleave by counts"] = new(x => x.repeat_interleave(tensor([1L, 2L]), dim: 0, output_size: 3), [3, 3], [0, 1, 2, 3, 4, 5, 3, 4, 5]),
        ["tile"] = new(x => x.tile([2, 1]), [4, 3], [0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5]),
        ["movedim"] = new(x => x.view(1, 2, 3).movedim([0], [2]), [2, 3, 1], [0, 1, 2, 3, 4, 5]),
        ["moveaxis"] = new(x => x.moveaxis([0], [1]), [3, 2], [0, 3, 1, 4, 2, 5]),
        ["flip"] = new(x => x.flip(1), [2, 3], [2, 1, 0, 5, 4, 3]),
        ["flip all"] = new(x => x.flip(0, 1), [2, 3], [5, 4, 3, 2, 1, 0]),
        ["roll"] = new(x => x.roll(1, 1), [2, 3], [2, 0, 1, 5, 3, 4]),
        ["roll, flat"] = new(x => x.roll(1), [2, 3], [5, 0, 1, 2, 3, 4]),
        ["roll both"] = new(x => x.roll([1, 1], [0, 1]), [2, 3], [5, 3, 4, 2, 0, 1]),
        ["as_strided"] = new(x => x.as_strided([2, 2], [1, 2], 1), [2, 2], [1, 3, 2, 4]),
        ["diagonal"] = new(x => x.diagonal(), [2], [0, 4]),
        ["diagonal, moved"] = new(x => x.view(1, 2, 3).diagonal(1, 1, 2), [1, 2], [1, 5]),
        ["diag of a matrix"] = new(x => x.diag(-1), [1], [3]),
        ["diag of a vector"] = new(x => x[0].diag(), [3, 3], [0, 0, 0, 0, 1, 0, 0, 0, 2]),
        ["tril"] = new(x => x.tril(), [2, 3], [0, 0, 0, 3, 4, 0]),
        ["triu"] = new(x => x.triu(1), [2, 3], [0, 1, 2, 0, 0, 5]),
        ["unfold"] = new(x => x.unfold(1, 2, 1), [2, 2, 2], [0, 1, 1, 2, 3, 4, 4, 5]),
        ["contiguous"] = new(x => x.t().contiguous(), [3, 2], [0, 3, 1, 4, 2, 5]),
    };

    private static readonly Dictionary<string, (Func<Tensor, Tensor[]> Call, long[][] Shapes)> s_parts = new()
    {
        ["split by size"] = (x => x.split(2, 1), [[2, 2], [2, 1]]),
        ["split by sizes"] = (x => x.split([1, 2], 1), [[2, 1], [2, 2]]),
        ["chunk"] = (x => x.chunk(2, 1), [[2, 2], [2, 1]]),
        ["unbind"] = (x => x.unbind(1), [[2], [2], [2]]),
    };

    public static TheoryData<string> Rearrangements => [.. s_rearrangements.Keys];

    public static TheoryData<string> Parts => [.. s_parts.Keys];

    [Theory]
    [MemberData(nameof(Rearrangements))]
    public void Rearrangement_OfTwoByThree_PutsEveryNumberInItsPlace(string name)
    {
        using var scope = NewDisposeScope();
        var (call, shape, expected) = s_rearrangements[name];
        var x = arange(6, float64).view(2, 3);

        PlainValues.Close(shape, expected, call(x), 0, name);
        GradientCheck.Run(t => call(t[0]), x);
    }

    [Theory]
    [MemberData(nameof(Parts))]
    public void Parts_OfTwoByThree_AreTheColumnsInTurn(string name)
    {
        using var scope = NewDisposeScope();
        var (call, shapes) = s_parts[name];
        var x = arange(6, float64).view(2, 3);

        var parts = call(x);

        Assert.Equal(shapes, parts.Select(part => part.shape));
        var columns = cat([.. parts.Select(part => part.view(2, -1))], 1);
        PlainValues.Close([2, 3], [0, 1, 2, 3, 4, 5], columns);
        GradientCheck.Run(t => cat([.. call(t[0]).Select(part => part.flatten())]), x);
    }

    [Fact]
    public void View_OfATensor_SharesItsMemory()
    {
        using var scope = NewDisposeScope();
        var x = zeros([2, 3], float64);

        x.view(6).fill_(1);

        PlainValues.Close([1, 1, 1, 1, 1, 1], x);
    }

    [Fact]
    public void Unflatten_OfAnEmptyTensor_KeepsTheOtherSizes()
    {
        using var scope = NewDisposeScope();

        Assert.Equal([0, 2, 3], zeros([0, 6], float32).unflatten(1, 2, -1).shape);
    }
}
