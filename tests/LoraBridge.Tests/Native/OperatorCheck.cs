using static TorchSharp.torch;

namespace LoraBridge.Tests.Native;

/// <summary>
/// Holds an operation of torch against plain loops over doubles: its values, and its gradients against differences of the loops.
/// </summary>
internal static class OperatorCheck
{
    private const double Step = 1e-5;

    /// <summary>Draws inputs of the given shapes and compares both ways, forward and backward.</summary>
    /// <param name="operation">The operation, over float64 tensors.</param>
    /// <param name="plain">The same over the tensors' elements in row-major order.</param>
    /// <param name="shapes">The inputs' shapes.</param>
    public static void Agrees(Func<Tensor[], Tensor> operation, Func<double[][], double[]> plain, params long[][] shapes) =>
        Agrees(operation, plain, [.. shapes.Select((shape, i) => (shape, Draw(shape, seed: 7 + i)))]);

    /// <summary>The same for inputs of one's own.</summary>
    public static void Agrees(Func<Tensor[], Tensor> operation, Func<double[][], double[]> plain, params (long[] Shape, double[] Values)[] inputs)
    {
        using var scope = NewDisposeScope();
        var tensors = inputs.Select(input => ToTensor(input.Values, input.Shape).requires_grad_()).ToArray();
        var output = operation(tensors);
        var values = inputs.Select(input => (double[])input.Values.Clone()).ToArray();
        var expected = plain(values);
        Same(expected, Elements(output), 1e-9, "values");

        // one number to differentiate: the output weighted with fixed draws
        var weights = Draw([expected.Length], seed: 99);
        (output * ToTensor(weights, output.shape)).sum().backward();
        for (var i = 0; i < inputs.Length; i++)
        {
            var gradient = tensors[i].grad;
            Assert.True(gradient is not null, $"input {i} has no gradient");
            var differences = new double[values[i].Length];
            for (var k = 0; k < differences.Length; k++)
            {
                var at = values[i][k];
                values[i][k] = at + Step;
                var above = Weighted(plain(values), weights);
                values[i][k] = at - Step;
                var below = Weighted(plain(values), weights);
                values[i][k] = at;
                differences[k] = (above - below) / (2 * Step);
            }
            Same(differences, Elements(gradient), 1e-6, $"gradient of input {i}");
        }
    }

    /// <summary>Standard normal draws, the same at each call.</summary>
    public static double[] Draw(long[] shape, int seed)
    {
        var random = new Random(seed);
        var count = shape.Aggregate(1L, (product, length) => product * length);
        return [.. Enumerable.Range(0, (int)count).Select(_ => Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()))];
    }

    public static Tensor ToTensor(double[] values, params long[] shape) => tensor(values, dtype: float64).reshape(shape);

    public static double[] Elements(Tensor tensor)
    {
        using var copy = tensor.detach().to(float64).contiguous();
        return copy.data<double>().ToArray();
    }

    public static void Same(IReadOnlyList<double> expected, IReadOnlyList<double> actual, double limit, string what)
    {
        Assert.True(expected.Count == actual.Count, $"{what}: {expected.Count} numbers expected, got {actual.Count}");
        for (var i = 0; i < expected.Count; i++)
        {
            var allowed = limit * Math.Max(1, Math.Abs(expected[i]));
            Assert.True(Math.Abs(expected[i] - actual[i]) <= allowed, $"{what}[{i}]: expected {expected[i]:g12}, got {actual[i]:g12}");
        }
    }

    private static double Weighted(double[] values, double[] weights) => values.Zip(weights, (value, weight) => value * weight).Sum();
}
