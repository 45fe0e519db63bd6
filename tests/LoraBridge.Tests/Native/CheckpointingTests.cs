using System.Runtime.InteropServices;
using LoraBridge.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Native;

/// <summary>Activation checkpointing, which draws on the default generator's state and so runs alone.</summary>
[Collection(ProcessWide.Name)]
public sealed class CheckpointingTests
{
    [Fact]
    public void Gradients_OfInputsAndParameters_AreThePlainOnes()
    {
        using var scope = NewDisposeScope();
        var weight = PlainValues.Sample([3, 3], seed: 1).requires_grad_();
        var x = PlainValues.Sample([2, 3], seed: 2).requires_grad_();
        Tensor Body(Tensor[] t) => t[0].mm(weight).tanh().mm(weight).sigmoid();

        var plain = Body([x]).square().sum();
        plain.backward();
        var expected = (x.grad!.clone(), weight.grad!.clone());
        (x.grad, weight.grad) = (null, null);
        var loss = TorchExtras.Checkpoint(Body, x).square().sum();
        TorchExtras.Backward(loss);

        Assert.Equal(plain.ToDouble(), loss.ToDouble());
        TensorAssert.Same(expected.Item1, x.grad!);
        TensorAssert.Same(expected.Item2, weight.grad!);
    }

    [Fact]
    public void Gradients_WithoutAnyInputThatNeedsThem_ReachTheParameters()
    {
        using var scope = NewDisposeScope();
        var weight = PlainValues.Sample([3], seed: 1).requires_grad_();
        var x = PlainValues.Sample([3], seed: 2);

        TorchExtras.Backward(TorchExtras.Checkpoint(t => t[0] * weight, x).sum());

        TensorAssert.Same(x, weight.grad!);
        Assert.Null(x.grad);
    }

    [Fact]
    public void Body_InWhichNothingNeedsGradients_PassesThemBy()
    {
        using var scope = NewDisposeScope();
        var weight = tensor([3.0, 4.0], requires_grad: true);
        var x = tensor([1.0, 2.0]);

        TorchExtras.Backward((TorchExtras.Checkpoint(t => t[0] * 5, x) * weight).sum());

        PlainValues.Close([5, 10], weight.grad!);
        Assert.Null(x.grad);
    }

    [Fact]
    public void Gradients_OfSomeInputs_LeaveTheOthers()
    {
        using var scope = NewDisposeScope();
        var a = tensor([1.0, 2.0], requires_grad: true);
        var b = tensor([3.0, 4.0]);
        var c = tensor([5.0, 6.0], requires_grad: true);

        TorchExtras.Backward(TorchExtras.Checkpoint(t => t[0] * t[1] + t[2], a, b, c).sum());

        PlainValues.Close([3, 4], a.grad!);
        Assert.Null(b.grad);
        PlainValues.Close([1, 1], c.grad!);
    }

    [Fact]
    public void Gradients_ThroughTwoSegments_Chain()
    {
        using var scope = NewDisposeScope();
        var x = tensor([0.5, 1.5], requires_grad: true);

        var y = TorchExtras.Checkpoint(t => t[0].exp(), x);
        TorchExtras.Backward(TorchExtras.Checkpoint(t => t[0] * t[0], y).sum());

        PlainValues.Close([2 * Math.Exp(1), 2 * Math.Exp(3)], x.grad!);
    }

    [Fact]
    public void Gradients_OfNestedSegments_AreThePlainOnes()
    {
        using var scope = NewDisposeScope();
        var x = tensor([0.5, 1.5], requires_grad: true);

        TorchExtras.Backward(TorchExtras.Checkpoint(t => TorchExtras.Checkpoint(u => u[0].exp(), t[0]) * t[0], x).sum());

        PlainValues.Close([1.5 * Math.Exp(0.5), 2.5 * Math.Exp(1.5)], x.grad!);
    }

    [Fact]
    public void SecondRun_DrawsTheSameNumbers_AndDisturbsNone()
    {
        using var scope = NewDisposeScope();
        var x = ones(100, float64, requires_grad: true);
        manual_seed(4);
        var first = zeros(100, float64).bernoulli_();
        var next = rand(3);

        manual_seed(4);
        var y = TorchExtras.Checkpoint(t => t[0] * zeros(100, float64).bernoulli_(), x);
        TorchExtras.Backward(y.sum());

        TensorAssert.Same(first, x.grad!);
        TensorAssert.Same(next, rand(3));
    }

    [Fact]
    public void SecondRun_HappensOnceInBackward()
    {
        using var scope = NewDisposeScope();
        var runs = 0;
        var x = ones(2, float64, requires_grad: true);

        var y = TorchExtras.Checkpoint(t => { runs++; return t[0] * 2; }, x);
        Assert.Equal(1, runs);
        TorchExtras.Backward(y.sum());

        Assert.Equal(2, runs);
    }

    [Fact]
    public void Call_WithoutGradients_RunsPlainly()
    {
        using var scope = NewDisposeScope();
        var x = ones(2, float64, requires_grad: true);
        using var off = no_grad();

        Assert.False(TorchExtras.Checkpoint(t => t[0] * 2, x).requires_grad);
    }

    [Fact]
    public void Body_ThatReturnsItsInput_LeavesItAlone()
    {
        using var scope = NewDisposeScope();
        var x = ones(2, float64, requires_grad: true);

        var y = TorchExtras.Checkpoint(t => t[0], x);
        TorchExtras.Backward((y * 3).sum());

        Assert.NotSame(x, y);
        Assert.True(x.is_leaf);
        PlainValues.Close([3, 3], x.grad!);
    }

    [Fact]
    public void Exception_OfTheSecondRun_IsThrownByBackward()
    {
        using var scope = NewDisposeScope();
        var x = ones(2, float64, requires_grad: true);
        var failure = new InvalidDataException("the second run failed");
        var runs = 0;
        var y = TorchExtras.Checkpoint(t => runs++ == 0 ? t[0] * 2 : throw failure, x);

        Assert.Same(failure, Assert.Throws<InvalidDataException>(() => TorchExtras.Backward(y.sum())));

        TorchExtras.Backward((x * 2).sum());
        PlainValues.Close([2, 2], x.grad!);
    }

    [Fact]
    public void Exception_OfANestedSecondRun_IsThrownByBackward()
    {
        using var scope = NewDisposeScope();
        var x = ones(2, float64, requires_grad: true);
        var failure = new InvalidDataException("inside");
        var runs = 0;
        var y = TorchExtras.Checkpoint(t => TorchExtras.Checkpoint(u => runs++ < 2 ? u[0] * 2 : throw failure, t[0]) * 2, x);

        Assert.Same(failure, Assert.Throws<InvalidDataException>(() => TorchExtras.Backward(y.sum())));
    }

    [Fact]
    public void Exception_OfTheSecondRun_PutsTheRandomStateBack()
    {
        using var scope = NewDisposeScope();
        var x = ones(2, float64, requires_grad: true);
        var runs = 0;
        manual_seed(4);
        var y = TorchExtras.Checkpoint(t => runs++ == 0 ? t[0] * rand(2) : throw new InvalidDataException(), x);
        var state = random.get_rng_state();

        Assert.Throws<InvalidDataException>(() => TorchExtras.Backward(y.sum()));

        TensorAssert.Same(state, random.get_rng_state());
    }

    [Fact]
    public void Exception_OfTheFirstRun_IsThrownAtOnce()
    {
        using var scope = NewDisposeScope();
        var x = ones(2, float64, requires_grad: true);

        Assert.Throws<InvalidDataException>(() => TorchExtras.Checkpoint(_ => throw new InvalidDataException(), x));
        Assert.True(is_grad_enabled());
        Assert.Same(scope, CurrentDisposeScope);
    }

    [Fact]
    public void TorchsOwnError_InTheSecondRun_KeepsItsType()
    {
        using var scope = NewDisposeScope();
        var x = ones(2, float64, requires_grad: true);
        var runs = 0;
        var y = TorchExtras.Checkpoint(t => runs++ == 0 ? t[0] * 2 : t[0].view(3), x);

        Assert.Contains("invalid for input of size 2", Assert.Throws<ExternalException>(() => TorchExtras.Backward(y.sum())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Extras_AnswerForTheCpu()
    {
        TorchExtras.EnsureAvailable();
        TorchExtras.ResetPeakMemory(CPU);
        TorchExtras.ReleaseCachedMemory();

        Assert.NotEmpty(TorchExtras.Supply);
        Assert.Equal(default, TorchExtras.Memory(CPU));
        Assert.False(TorchExtras.HasOperator("no_such_operator"));
    }
}
