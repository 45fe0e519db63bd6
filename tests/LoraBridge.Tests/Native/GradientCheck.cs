using TorchSharp;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Native;

/// <summary>Compares what backward gives with central differences of the forward function, in float64.</summary>
internal static class GradientCheck
{
    private const double Step = 1e-6;

    /// <summary>Checks the gradient of every input of a function, weighted so that each output element counts differently.</summary>
    public static void Run(Func<Tensor[], Tensor> function, params Tensor[] inputs)
    {
        using var scope = NewDisposeScope();
        var leaves = inputs.Select(input => input.detach().clone().requires_grad_()).ToArray();
        Weighted(function(leaves)).backward();

        for (var i = 0; i < leaves.Length; i++)
        {
            var gradient = leaves[i].grad;
            Assert.True(gradient is not null, $"input {i} has no gradient");
            Assert.Equal(leaves[i].shape, gradient.shape);
            PlainValues.Close(Differences(function, inputs, i), gradient, 1e-7, $"gradient of input {i}");
        }
    }

    private static double[] Differences(Func<Tensor[], Tensor> function, Tensor[] inputs, int which)
    {
        using var off = no_grad();
        var values = PlainValues.Of(inputs[which]);
        return [.. values.Select((_, at) => (Moved(at, Step) - Moved(at, -Step)) / (2 * Step))];

        double Moved(int at, double step)
        {
            using var scope = NewDisposeScope();
            var moved = (double[])values.Clone();
            moved[at] += step;
            Tensor[] changed = [.. inputs];
            changed[which] = tensor(moved, inputs[which].shape, float64);
            return Weighted(function(changed)).ToDouble();
        }
    }

    private static Tensor Weighted(Tensor output) => (output * PlainValues.Sample(output.shape, 0.5, 1.5, seed: 7)).sum();
}
