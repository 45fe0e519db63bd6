using TorchSharp.Modules;
using static TorchSharp.torch;
using Clip = TorchSharp.torch.nn.utils;

namespace LoraBridge.Tests.Native;

public class GradientClippingTests
{
    [Theory]
    [InlineData(2, 5)]
    [InlineData(1, 7)]
    [InlineData(double.PositiveInfinity, 4)]
    public void ClipGradNorm_AboveTheLimit_ScalesAllAlike(double kind, double norm)
    {
        using var scope = NewDisposeScope();
        var (a, b) = (WithGradient(3, 0), WithGradient(-4));
        Assert.Equal(norm, Clip.clip_grad_norm_([a, b], 0.5, kind), 1e-6);
        OperatorCheck.Same([1.5 / norm, 0], OperatorCheck.Elements(a.grad!), 1e-5, "a");
        OperatorCheck.Same([-2 / norm], OperatorCheck.Elements(b.grad!), 1e-5, "b");
    }

    [Fact]
    public void ClipGradNorm_BelowTheLimit_ChangesNothing()
    {
        using var scope = NewDisposeScope();
        var a = WithGradient(3, 4);
        Assert.Equal(5, Clip.clip_grad_norm_([a], 6), 1e-6);
        Assert.Equal([3, 4], OperatorCheck.Elements(a.grad!));
    }

    [Fact]
    public void ClipGradNorm_WithoutGradients_IsZero()
    {
        using var scope = NewDisposeScope();
        Assert.Equal(0, Clip.clip_grad_norm_([new Parameter(ones(2))], 1));
    }

    [Fact]
    public void ClipGradValue_BeyondTheLimit_CutsEachElement()
    {
        using var scope = NewDisposeScope();
        var a = WithGradient(3, -0.5f, -4);
        Clip.clip_grad_value_([a, new Parameter(ones(1))], 1);
        Assert.Equal([1, -0.5, -1], OperatorCheck.Elements(a.grad!));
    }

    [Fact]
    public void ParametersToVector_AndBack_KeepsTheirOrder()
    {
        using var scope = NewDisposeScope();
        var (a, b) = (new Parameter(tensor(new[] { 1f, 2f, 3f, 4f }).view(2, 2)), new Parameter(tensor(new[] { 5f })));
        var vector = Clip.parameters_to_vector([a, b]);
        Assert.Equal([1, 2, 3, 4, 5], OperatorCheck.Elements(vector));
        Clip.vector_to_parameters(vector.detach() * 2, [a, b]);
        Assert.Equal([2, 4, 6, 8], OperatorCheck.Elements(a));
        Assert.Equal([10], OperatorCheck.Elements(b));
        Assert.Equal([2, 2], a.shape);
        Assert.True(a.requires_grad);
    }

    private static Parameter WithGradient(params float[] gradient)
    {
        var parameter = new Parameter(ones(gradient.Length));
        parameter.grad = tensor(gradient);
        return parameter;
    }
}
