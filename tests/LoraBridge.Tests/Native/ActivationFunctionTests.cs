using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;
using GELU = TorchSharp.Modules.GELU;

namespace LoraBridge.Tests.Native;

public class ActivationFunctionTests
{
    [Fact]
    public void Silu_AgainstItsFormula_AgreesBothWays() => Agrees(x => F.silu(x), x => x / (1 + Math.Exp(-x)));

    [Fact]
    public void Sigmoid_AgainstItsFormula_AgreesBothWays() => Agrees(x => F.sigmoid(x), x => 1 / (1 + Math.Exp(-x)));

    [Fact]
    public void Tanh_AgainstItsFormula_AgreesBothWays() => Agrees(x => F.tanh(x), Math.Tanh);

    [Fact]
    public void Relu_AgainstItsFormula_AgreesBothWays() => Agrees(x => F.relu(x), x => Math.Max(x, 0));

    [Fact]
    public void LeakyRelu_AgainstItsFormula_AgreesBothWays() => Agrees(x => F.leaky_relu(x, 0.2), x => x < 0 ? 0.2 * x : x);

    [Fact]
    public void Gelu_Exact_AgreesBothWays()
    {
        Agrees(x => F.gelu(x), x => x * (1 + Erf(x / Math.Sqrt(2))) / 2);
        Agrees(x => F.gelu(x, GELU.Approximate.none), x => x * (1 + Erf(x / Math.Sqrt(2))) / 2);
    }

    [Fact]
    public void Gelu_ByTanh_AgreesBothWays() =>
        Agrees(x => F.gelu(x, GELU.Approximate.tanh), x => x / 2 * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x))));

    [Fact]
    public void Mish_AgainstItsFormula_AgreesBothWays() => Agrees(x => F.mish(x), x => x * Math.Tanh(Math.Log(1 + Math.Exp(x))));

    [Fact]
    public void Softplus_AgainstItsFormula_AgreesBothWays() => Agrees(x => F.softplus(x, beta: 2), x => Math.Log(1 + Math.Exp(2 * x)) / 2);

    [Fact]
    public void Softplus_AboveItsThreshold_IsLinear()
    {
        using var scope = NewDisposeScope();
        Assert.Equal(6, F.softplus(tensor(6.0), threshold: 5).ToDouble());
    }

    [Fact]
    public void Softmax_OverADimension_AgreesBothWays()
    {
        OperatorCheck.Agrees(x => F.softmax(x[0], 1), x => Softmax(x[0], 2, 4, 3), [2, 4, 3]);
        OperatorCheck.Agrees(x => F.softmax(x[0], -1), x => Softmax(x[0], 8, 3, 1), [2, 4, 3]);
    }

    [Fact]
    public void LogSoftmax_OverADimension_AgreesBothWays() =>
        OperatorCheck.Agrees(x => F.log_softmax(x[0], 1), x => [.. Softmax(x[0], 2, 4, 3).Select(value => Math.Log(value))], [2, 4, 3]);

    [Fact]
    public void Softmax_WithAType_ComputesAndAnswersInIt()
    {
        using var scope = NewDisposeScope();
        Assert.Equal(float64, F.softmax(randn(3, dtype: float32), 0, float64).dtype);
    }

    [Fact]
    public void Activation_InPlace_ChangesItsInput()
    {
        using var scope = NewDisposeScope();
        (string Name, Func<Tensor, bool, Tensor> Call)[] activations =
        [
            ("silu", F.silu), ("relu", F.relu), ("sigmoid", F.sigmoid), ("tanh", F.tanh), ("mish", F.mish), ("gelu", F.gelu),
            ("gelu tanh", (x, inplace) => F.gelu(x, GELU.Approximate.tanh, inplace)), ("leaky_relu", (x, inplace) => F.leaky_relu(x, 0.1, inplace)),
        ];
        foreach (var (name, call) in activations)
        {
            var x = tensor(new[] { -1.5, -0.25, 0.5, 2.0 });
            var expected = call(x.clone(), false);
            var y = call(x, true);
            TensorAssert.Close(expected, y, 1e-12, name);
            TensorAssert.Same(y, x, name);
            Assert.NotSame(x, y);
        }
    }

    private static void Agrees(Func<Tensor, Tensor> operation, Func<double, double> formula) =>
        OperatorCheck.Agrees(x => operation(x[0]), x => [.. x[0].Select(formula)], [5, 8]);

    private static double[] Softmax(double[] x, int before, int length, int after)
    {
        var y = new double[x.Length];
        for (var b = 0; b < before; b++)
            for (var a = 0; a < after; a++)
            {
                var sum = Enumerable.Range(0, length).Sum(i => Math.Exp(x[(b * length + i) * after + a]));
                for (var i = 0; i < length; i++) y[(b * length + i) * after + a] = Math.Exp(x[(b * length + i) * after + a]) / sum;
            }
        return y;
    }

    // the power series; good to twelve digits where the tests draw
    private static double Erf(double x)
    {
        double term = x, sum = x;
        for (var n = 1; n < 200; n++)
        {
            term *= -x * x / n;
            sum += term / (2 * n + 1);
        }
        return 2 / Math.Sqrt(Math.PI) * sum;
    }
}
