using TorchSharp;
using static TorchSharp.torch;

namespace LoraBridge.Tests;

/// <summary>Compares tensors and says where and by how much they differ.</summary>
internal static class TensorAssert
{
    /// <summary>Same shape, and no element further apart than <paramref name="limit"/>; NaN is never close.</summary>
    public static void Close(Tensor expected, Tensor actual, double limit = 1e-6, string what = "tensor")
    {
        var difference = MaxDifference(expected, actual, what);
        Assert.True(difference <= limit, $"{what}: differs by {difference:g4}, allowed {limit:g4}");
    }

    /// <summary>Same shape, type and bits.</summary>
    public static void Same(Tensor expected, Tensor actual, string what = "tensor")
    {
        Assert.True(expected.dtype == actual.dtype, $"{what}: expected {expected.dtype}, got {actual.dtype}");
        Assert.True(MaxDifference(expected, actual, what) == 0, $"{what}: not the same values");
    }

    /// <summary>The greatest absolute difference; infinity when either holds NaN.</summary>
    public static double MaxDifference(Tensor expected, Tensor actual, string what = "tensor")
    {
        using var scope = NewDisposeScope();
        Assert.True(expected.shape.SequenceEqual(actual.shape), $"{what}: expected shape [{string.Join(", ", expected.shape)}], got [{string.Join(", ", actual.shape)}]");
        if (expected.numel() == 0) return 0;
        var difference = (expected.to(float64) - actual.detach().cpu().to(float64)).abs().max().ToDouble();
        return double.IsNaN(difference) ? double.PositiveInfinity : difference;
    }
}
