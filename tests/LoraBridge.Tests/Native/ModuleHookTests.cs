using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LoraBridge.Tests.Native;

public class ModuleHookTests
{
    [Fact]
    public void ForwardHook_OnALinear_ReplacesItsOutput()
    {
        using var scope = NewDisposeScope();
        using var linear = Linear(2, 3);
        var x = randn(4, 2);
        var plain = linear.call(x);

        var hook = linear.register_forward_hook((module, input, output) =>
        {
            Assert.Same(linear, module);
            Assert.Same(x, input);
            return output + 1;
        });

        TensorAssert.Close((plain + 1).detach(), linear.call(x), 1e-6, "with the hook");
        TensorAssert.Same(plain.detach(), linear.forward(x), "forward runs no hook");
        hook.remove();
        TensorAssert.Same(plain.detach(), linear.call(x), "after removal");
    }

    [Fact]
    public void ForwardHook_ThatGivesNull_ChangesNothing()
    {
        using var scope = NewDisposeScope();
        using var identity = Identity();
        identity.register_forward_pre_hook((_, _) => null!);
        identity.register_forward_hook((_, _, _) => null!);
        Assert.Equal(3, identity.call(tensor(3f)).ToSingle());
    }

    [Fact]
    public void Hooks_OfAllKinds_RunInTheirOrder()
    {
        using var scope = NewDisposeScope();
        using var module = new Traced();
        module.register_forward_hook(_ => module.Trace.Add("module post"));
        module.register_forward_hook((_, _, output) => { module.Trace.Add("post 1"); return output; });
        module.register_forward_hook((_, _, output) => { module.Trace.Add("post 2"); return output; });
        module.register_forward_pre_hook((_, input) => { module.Trace.Add("pre"); return input; });
        module.register_forward_pre_hook(_ => module.Trace.Add("module pre"));

        module.call(ones(1));

        Assert.Equal(["module pre", "pre", "forward", "post 1", "post 2", "module post"], module.Trace);
    }

    [Fact]
    public void Hook_ThatRemovesItself_RunsOnce()
    {
        using var scope = NewDisposeScope();
        using var module = new Traced();
        Action? remove = null;
        remove = module.register_forward_hook((_, _, output) => { remove!(); return output * 2; }).remove;
        Assert.Equal(2, module.call(ones(1)).ToSingle());
        Assert.Equal(1, module.call(ones(1)).ToSingle());
    }

    [Fact]
    public void Hooks_OfSeveralInputs_SeeAndChangeThem()
    {
        using var scope = NewDisposeScope();
        using var two = new Sum2();
        using var three = new Sum3();
        using var six = new Sum6();
        two.register_forward_pre_hook((_, a, b) => (a * 10, b));
        three.register_forward_pre_hook((_, a, b, c) => (c, b, a));
        three.register_forward_hook((_, a, b, c, output) => output * 2 + a);
        six.register_forward_pre_hook((_, a, b, c, d, e, f) => null);
        six.register_forward_hook((_, a, b, c, d, e, f, output) => output + f);

        Assert.Equal(12, two.call(1, 2));
        Assert.Equal(15, three.call(1, 2, 3));
        Assert.Equal(27, six.call(1, 2, 3, 4, 5, 6));
        Assert.Equal(6, three.forward(1, 2, 3));
    }

    [Fact]
    public void Sequential_WithAHookedChild_RunsTheHook()
    {
        using var scope = NewDisposeScope();
        using var sequence = Sequential(Identity(), Identity());
        ((Identity)sequence[0]).register_forward_hook((_, _, output) => output + 1);
        Assert.Equal(2, sequence.call(ones(1)).ToSingle());
    }

    [Fact]
    public void Gradients_ThroughAHook_Flow()
    {
        using var scope = NewDisposeScope();
        using var linear = Linear(2, 1, hasBias: false);
        linear.register_forward_hook((_, _, output) => output * 3);
        linear.call(ones(1, 2)).sum().backward();
        Assert.Equal([3, 3], OperatorCheck.Elements(linear.weight.grad!));
    }

    private sealed class Traced() : Module<Tensor, Tensor>(nameof(Traced))
    {
        public List<string> Trace { get; } = [];

        public override Tensor forward(Tensor input)
        {
            Trace.Add("forward");
            return input.alias();
        }
    }

    private sealed class Sum2() : Module<int, int, int>(nameof(Sum2))
    {
        public override int forward(int input1, int input2) => input1 + input2;
    }

    private sealed class Sum3() : Module<int, int, int, int>(nameof(Sum3))
    {
        public override int forward(int input1, int input2, int input3) => input1 + input2 + input3;
    }

    private sealed class Sum6() : Module<int, int, int, int, int, int, int>(nameof(Sum6))
    {
        public override int forward(int input1, int input2, int input3, int input4, int input5, int input6) => input1 + input2 + input3 + input4 + input5 + input6;
    }
}
