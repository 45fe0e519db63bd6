using System.Diagnostics;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LoraBridge.Tests.Native.Binding;

/// <summary>What our binding promises beyond TorchSharp's.</summary>
public class ModuleBindingTests
{
    [Fact]
    public void PlainAttention_BesideTheFused_GivesTheSame()
    {
        using var scope = NewDisposeScope();
        var (q, k, v) = (randn(2, 3, 5, 8, dtype: float64), randn(1, 3, 7, 8, dtype: float64), randn(2, 1, 7, 8, dtype: float64));
        var mask = randn(5, 7, dtype: float64);
        var scores = q.unsqueeze(-2).mul(k.unsqueeze(-3)).sum(-1) / Math.Sqrt(8) + mask;
        var expected = (functional.softmax(scores, -1).unsqueeze(-1) * v.unsqueeze(-3)).sum(-2);
        TensorAssert.Close(expected, functional.PlainAttention(q, k, v, mask, 0, false), 1e-12);
        TensorAssert.Close(expected, functional.PlainAttention(q, k, v, mask.view(1, 1, 5, 7), 0, false), 1e-12);
    }

    [Fact]
    public void PlainAttention_WithAMaskAndCausal_Throws()
    {
        using var scope = NewDisposeScope();
        var q = randn(1, 2, 2);
        Assert.Throws<ArgumentException>(() => functional.PlainAttention(q, q, q, randn(2, 2), 0, true));
    }

    [Fact]
    public void BareParametersAndBuffers_MadeInAScope_OutliveIt()
    {
        Bare module;
        using (NewDisposeScope()) module = new Bare();
        using (module)
        {
            Assert.False(module.weight.IsInvalid);
            Assert.False(module.buffer.IsInvalid);
        }
        Assert.True(module.weight.IsInvalid);
    }

    [Fact]
    public void GroupNorm_WhenMade_HasOnesAndZeros()
    {
        using var norm = GroupNorm(2, 4);
        Assert.Equal([1, 1, 1, 1], OperatorCheck.Elements(norm.weight));
        Assert.Equal([0, 0, 0, 0], OperatorCheck.Elements(norm.bias!));
    }

    [Fact]
    public void Fillings_WithAGenerator_DrawFromIt()
    {
        using var scope = NewDisposeScope();
        using var one = new Generator(3);
        using var other = new Generator(3);
        TensorAssert.Same(init.normal_(empty(5), generator: one), init.normal_(empty(5), generator: other));
        TensorAssert.Same(init.uniform_(empty(5), generator: one), init.uniform_(empty(5), generator: other));
        TensorAssert.Same(init.trunc_normal_(empty(5), generator: one), init.trunc_normal_(empty(5), generator: other));
    }

    [Fact]
    public void Network_OfManyModulesOnMeta_IsMadeQuickly()
    {
        var meta = new Device("meta");
        using (new Stack(10, meta)) { }
        var clock = Stopwatch.StartNew();
        using var stack = new Stack(400, meta);
        Assert.Equal(1600, stack.named_parameters().Count());
        Assert.True(clock.ElapsedMilliseconds < 3000, $"{clock.ElapsedMilliseconds} ms for 1600 parameters");
    }

    private sealed class Bare : Module
    {
        public readonly Parameter weight = Parameter(ones(2));
        public readonly Tensor buffer = zeros(2);

        public Bare() : base(nameof(Bare)) => RegisterComponents();
    }

    private sealed class Stack : Module
    {
        private readonly ModuleList<Layer> layers;

        public Stack(int count, Device device) : base(nameof(Stack))
        {
            layers = ModuleList<Layer>([.. Enumerable.Range(0, count).Select(_ => new Layer(device))]);
            RegisterComponents();
        }
    }

    private sealed class Layer : Module
    {
        private readonly Linear proj;
        private readonly LayerNorm norm;

        public Layer(Device device) : base(nameof(Layer))
        {
            proj = Linear(1280, 1280, device: device);
            norm = LayerNorm(1280, device: device);
            RegisterComponents();
        }
    }
}
