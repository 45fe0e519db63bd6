using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LoraBridge.Tests.Native;

[Collection(ProcessWide.Name)]
public class InitTests
{
    [Fact]
    public void Linear_AfterASeed_StartsAsPyTorchsDoes()
    {
        // what Python's torch prints after torch.manual_seed(0); nn.Linear(2, 2)
        manual_seed(0);
        using var linear = Linear(2, 2);
        OperatorCheck.Same([-0.0053, 0.3793, -0.5820, -0.5204], OperatorCheck.Elements(linear.weight), 5e-5, "weight");
        OperatorCheck.Same([-0.2723, 0.1896], OperatorCheck.Elements(linear.bias!), 5e-5, "bias");
    }

    [Fact]
    public void Layers_WhenMade_AreUniformWithinTheirBound()
    {
        using var scope = NewDisposeScope();
        using var linear = Linear(100, 50);
        using var conv = Conv2d(8, 32, 3, groups: 2);
        Uniform(linear.weight, 1 / Math.Sqrt(100));
        Uniform(linear.bias!, 1 / Math.Sqrt(100));
        Uniform(conv.weight, 1 / Math.Sqrt(4 * 9));
        Uniform(conv.bias!, 1 / Math.Sqrt(4 * 9));
    }

    [Fact]
    public void Embedding_WhenMade_IsStandardNormal()
    {
        using var scope = NewDisposeScope();
        using var embedding = Embedding(200, 50);
        Assert.Equal(0, embedding.weight!.mean().ToDouble(), 0.05);
        Assert.Equal(1, embedding.weight!.std().ToDouble(), 0.05);
    }

    [Fact]
    public void Kaiming_InItsForms_HasTheKnownSpread()
    {
        using var scope = NewDisposeScope();
        var weight = empty(64, 32, 3, 3);
        Uniform(init.kaiming_uniform_(weight), Math.Sqrt(2) * Math.Sqrt(3.0 / (32 * 9)));
        Uniform(init.kaiming_uniform_(weight, 1, init.FanInOut.FanOut), Math.Sqrt(3.0 / (64 * 9)));
        Uniform(init.kaiming_uniform_(weight, nonlinearity: init.NonlinearityType.Linear), Math.Sqrt(3.0 / (32 * 9)));
        Assert.Equal(Math.Sqrt(2.0 / (32 * 9)), init.kaiming_normal_(weight).std().ToDouble(), 0.002);
        Uniform(init.xavier_uniform_(weight, 2), 2 * Math.Sqrt(6.0 / (96 * 9)));
    }

    [Fact]
    public void Gain_OfANonlinearity_IsTheKnownNumber()
    {
        Assert.Equal(1, init.calculate_gain(init.NonlinearityType.Conv2D));
        Assert.Equal(1, init.calculate_gain(init.NonlinearityType.Sigmoid));
        Assert.Equal(5.0 / 3, init.calculate_gain(init.NonlinearityType.Tanh), 1e-12);
        Assert.Equal(Math.Sqrt(2), init.calculate_gain(init.NonlinearityType.ReLU), 1e-12);
        Assert.Equal(Math.Sqrt(2 / 1.04), init.calculate_gain(init.NonlinearityType.LeakyReLU, 0.2), 1e-12);
    }

    [Fact]
    public void Fans_OfAWeight_CountItsField()
    {
        using var scope = NewDisposeScope();
        Assert.Equal((5, 3), init.CalculateFanInAndFanOut(empty(3, 5)));
        Assert.Equal((20, 12), init.CalculateFanInAndFanOut(empty(3, 5, 2, 2)));
        Assert.ThrowsAny<ArgumentException>(() => init.CalculateFanInAndFanOut(empty(3)));
    }

    [Fact]
    public void Orthogonal_OfAnyShape_HasRowsAtRightAngles()
    {
        using var scope = NewDisposeScope();
        foreach (var shape in new long[][] { [3, 3], [3, 5], [5, 3], [4, 2, 2] })
        {
            var weight = init.orthogonal_(empty(shape, dtype: float64), gain: 2).view(shape[0], -1);
            var product = shape[0] <= weight.shape[1] ? weight.mm(weight.t()) : weight.t().mm(weight);
            TensorAssert.Close(4 * eye(product.shape[0], dtype: float64), product, 1e-9, string.Join("x", shape));
        }
    }

    [Fact]
    public void TruncNormal_WithinBounds_StaysThereAndKeepsItsShape()
    {
        using var scope = NewDisposeScope();
        var weight = init.trunc_normal_(empty(20_000), mean: 1, std: 2, a: -1, b: 4);
        Assert.True(weight.min().ToDouble() >= -1);
        Assert.True(weight.max().ToDouble() <= 4);
        // the mean of a normal distribution cut at -1 and 1.5 deviations
        var (lower, upper) = (-1.0, 1.5);
        double Density(double x) => Math.Exp(-x * x / 2) / Math.Sqrt(2 * Math.PI);
        var mass = Enumerable.Range(0, 2500).Sum(i => Density(lower + (i + 0.5) * 0.001) * 0.001);
        Assert.Equal(1 + 2 * (Density(lower) - Density(upper)) / mass, weight.mean().ToDouble(), 0.04);
    }

    [Fact]
    public void Fillings_OfAParameter_LeaveItALeaf()
    {
        using var parameter = Parameter(empty(3, 3));
        Assert.Same(parameter, init.constant_(parameter, 2));
        init.uniform_(parameter, -1, 1);
        init.normal_(parameter, 5, 0);
        Assert.True(parameter.is_leaf);
        Assert.Equal(Enumerable.Repeat(5.0, 9), OperatorCheck.Elements(parameter));
        Assert.Equal(0, OperatorCheck.Elements(init.zeros_(parameter)).Sum());
        Assert.Equal(9, OperatorCheck.Elements(init.ones_(parameter)).Sum());
    }

    private static void Uniform(Tensor values, double bound)
    {
        var elements = OperatorCheck.Elements(values);
        Assert.True(elements.Max(Math.Abs) <= bound * 1.0001);
        Assert.True(elements.Max() > 0.8 * bound);
        Assert.True(elements.Min() < -0.8 * bound);
        if (elements.Length >= 1000) Assert.Equal(bound / Math.Sqrt(3), Math.Sqrt(elements.Average(value => value * value)), 0.05 * bound);
    }
}
