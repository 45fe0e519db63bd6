using static TorchSharp.torch;

namespace LoraBridge.Tests.Native;

/// <summary>Tensors as plain numbers, for comparison with loops and closed forms.</summary>
internal static class PlainValues
{
    /// <summary>The elements in the order of the indices, widened to double.</summary>
    public static double[] Of(Tensor tensor)
    {
        using var scope = NewDisposeScope();
        return tensor.detach().cpu().to(float64).contiguous().data<double>().ToArray();
    }

    /// <summary>A float64 tensor of <paramref name="shape"/> with irregular values between the bounds, no two alike.</summary>
    public static Tensor Sample(long[] shape, double low = -2, double high = 2, int seed = 0)
    {
        var values = new double[shape.Aggregate(1L, (product, size) => product * size)];
        for (var i = 0; i < values.Length; i++) values[i] = low + (high - low) * Fraction((i + 1 + 31 * seed) * 0.6180339887498949);
        return tensor(values, shape, float64);
    }

    /// <summary>Same shape and every element within <paramref name="limit"/>, relative for values above one.</summary>
    public static void Close(double[] expected, Tensor actual, double limit = 1e-12, string what = "tensor")
    {
        var values = Of(actual);
        Assert.True(expected.Length == values.Length, $"{what}: expected {expected.Length} elements, got {values.Length}");
        for (var i = 0; i < values.Length; i++)
        {
            var equal = expected[i].Equals(values[i]) || Math.Abs(expected[i] - values[i]) <= limit * Math.Max(1, Math.Abs(expected[i]));
            Assert.True(equal, $"{what}: element {i} is {values[i]:r}, expected {expected[i]:r}");
        }
    }

    /// <summary>Close, and of this shape.</summary>
    public static void Close(long[] shape, double[] expected, Tensor actual, double limit = 1e-12, string what = "tensor")
    {
        Assert.Equal(shape, actual.shape);
        Close(expected, actual, limit, what);
    }

    private static double Fraction(double value) => value - Math.Floor(value);
}
