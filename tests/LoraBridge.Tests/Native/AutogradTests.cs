using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Native;

public sealed class AutogradTests
{
    [Fact]
    public void Backward_FromAScalar_FillsTheLeaves()
    {
        using var scope = NewDisposeScope();
        var x = tensor([1.0, 2.0], requires_grad: true);
        var y = x * x;

        Assert.True(x.is_leaf);
        Assert.True(x.requires_grad);
        Assert.False(y.is_leaf);
        Assert.True(y.requires_grad);
        Assert.Null(x.grad);
        y.sum().backward();

        PlainValues.Close([2, 4], x.grad!);
        Assert.NotSame(x.grad, x.grad);
    }

    [Fact]
    public void Backward_Twice_AddsUp()
    {
        using var scope = NewDisposeScope();
        var x = tensor([1.0, 2.0], requires_grad: true);
        var loss = (x * x).sum();

        loss.backward(retain_graph: true);
        loss.backward();

        PlainValues.Close([4, 8], x.grad!);
        Assert.Throws<ExternalException>(() => loss.backward());
    }

    [Fact]
    public void Backward_WithASeed_WeighsTheOutputs()
    {
        using var scope = NewDisposeScope();
        var x = tensor([1.0, 2.0], requires_grad: true);

        (x * x).backward([tensor([10.0, 100.0])]);
        PlainValues.Close([20, 400], x.grad!);
        x.grad = null;
        autograd.backward(x * x, tensor([10.0, 100.0]));
        PlainValues.Close([20, 400], x.grad!);
        x.grad = null;
        autograd.backward((x * x).sum());
        PlainValues.Close([2, 4], x.grad!);
        x.grad = null;
        autograd.backward([(x * x).sum(), (3 * x).sum()], [tensor(1.0), tensor(2.0)]);
        PlainValues.Close([8, 10], x.grad!);
    }

    [Fact]
    public void Backward_ToNamedInputs_LeavesTheOthers()
    {
        using var scope = NewDisposeScope();
        var x = tensor([1.0], requires_grad: true);
        var w = tensor([3.0], requires_grad: true);

        (x * w).backward(inputs: [w]);

        Assert.Null(x.grad);
        PlainValues.Close([1], w.grad!);
    }

    [Fact]
    public void Backward_CreatingAGraph_CanBeDifferentiatedAgain()
    {
        using var scope = NewDisposeScope();
        var x = tensor([2.0], requires_grad: true);

        autograd.backward(x * x * x, tensor([1.0]), create_graph: true);
        var first = x.grad!;
        PlainValues.Close([12], first);
        x.grad = null;
        first.backward([tensor([1.0])]);

        PlainValues.Close([12], x.grad!);
    }

    [Fact]
    public void Backward_OfWhatHasNoGraph_Throws()
    {
        using var scope = NewDisposeScope();

        Assert.Throws<ExternalException>(() => zeros([], float32).backward());
        Assert.Throws<ExternalException>(() => zeros(2, requires_grad: true).mul(2).backward());
    }

    [Fact]
    public void Grad_CanBeSet()
    {
        using var scope = NewDisposeScope();
        var x = zeros(2, float64, requires_grad: true);

        x.grad = tensor([1.0, 2.0]);
        PlainValues.Close([1, 2], x.grad!);
        x.grad = null;
        Assert.Null(x.grad);
    }

    [Fact]
    public void RequiresGrad_IsSwitched()
    {
        using var scope = NewDisposeScope();
        var x = zeros(2);

        Assert.Same(x, x.requires_grad_());
        Assert.True(x.requires_grad);
        x.requires_grad = false;
        Assert.False(x.requires_grad);
        Assert.True(x.with_requires_grad().requires_grad);
        Assert.False(x.mul(2).detach().requires_grad);
        Assert.False(x.mul(2).detach_().requires_grad);
        Assert.Throws<ExternalException>(() => zeros(2, int64).requires_grad_());
    }

    [Fact]
    public void RetainGrad_KeepsTheGradientOfAnIntermediate()
    {
        using var scope = NewDisposeScope();
        var x = tensor([1.0, 2.0], requires_grad: true);
        var y = x * 3;
        y.retain_grad();

        (y * y).sum().backward();

        PlainValues.Close([6, 12], y.grad!);
    }

    [Fact]
    public void NoGrad_RecordsNothing_AndEnds()
    {
        using var scope = NewDisposeScope();
        var x = zeros(2, requires_grad: true);

        Assert.True(is_grad_enabled());
        using (no_grad())
        {
            Assert.False(is_grad_enabled());
            Assert.False((x * 2).requires_grad);
            using (enable_grad()) Assert.True((x * 2).requires_grad);
            using (set_grad_enabled(true)) Assert.True(is_grad_enabled());
            Assert.False(is_grad_enabled());
        }
        using (set_grad_enabled(false)) Assert.False(is_grad_enabled());
        using (enable_grad(false)) Assert.False(is_grad_enabled());
        Assert.True(is_grad_enabled());
        Assert.True((x * 2).requires_grad);
    }

    [Fact]
    public void InferenceMode_IsReported_AndEnds()
    {
        using var scope = NewDisposeScope();
        var x = zeros(2, requires_grad: true);

        Assert.False(is_inference_mode_enabled());
        using (inference_mode())
        {
            Assert.True(is_inference_mode_enabled());
            Assert.False((x * 2).requires_grad);
            using (inference_mode(false)) Assert.False(is_inference_mode_enabled());
        }
        Assert.False(is_inference_mode_enabled());
    }

    [Fact]
    public void Modes_BelongToTheirThread()
    {
        using var off = no_grad();
        var elsewhere = false;
        var thread = new Thread(() => elsewhere = is_grad_enabled());

        thread.Start();
        thread.Join();

        Assert.True(elsewhere);
    }
}
