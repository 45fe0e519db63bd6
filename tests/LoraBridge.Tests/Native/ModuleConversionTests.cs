using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LoraBridge.Tests.Native;

public class ModuleConversionTests
{
    [Fact]
    public void To_AType_ConvertsFloatsAndLeavesIntegers()
    {
        using var scope = NewDisposeScope();
        using var module = new Mixed();
        Assert.Same(module, module.to(bfloat16));
        Assert.All(module.parameters(), parameter => Assert.Equal(bfloat16, parameter.dtype));
        Assert.Equal(bfloat16, module.get_buffer("mean")!.dtype);
        Assert.Equal(int64, module.get_buffer("positions")!.dtype);
        Assert.Equal([0, 1, 2], OperatorCheck.Elements(module.get_buffer("positions")!));
    }

    [Fact]
    public void To_AType_ReplacesParametersAndTheFieldsThatHoldThem()
    {
        using var scope = NewDisposeScope();
        using var module = new Mixed();
        var (oldScale, oldWeight, oldMean) = (module.scale, module.proj.weight, module.mean);

        module.to(float64);

        Assert.True(oldScale.IsInvalid);
        Assert.True(oldWeight.IsInvalid);
        Assert.True(oldMean.IsInvalid);
        Assert.Same(module.scale, module.get_parameter("scale"));
        Assert.Same(module.mean, module.get_buffer("mean"));
        Assert.Same(module.proj.weight, module.get_parameter("proj.weight"));
        Assert.Equal(float64, module.call(ones(1, 2, dtype: float64)).dtype);
    }

    [Fact]
    public void To_TheSameType_KeepsTheParameters()
    {
        using var module = new Mixed();
        var (scale, weight) = (module.scale, module.proj.weight);
        module.to(float32).to(CPU).cpu().@float();
        Assert.Same(scale, module.scale);
        Assert.Same(weight, module.proj.weight);
        Assert.False(scale.IsInvalid);
    }

    [Fact]
    public void To_AType_KeepsValuesGradientsAndWhatIsFrozen()
    {
        using var scope = NewDisposeScope();
        using var module = new Mixed();
        module.proj.bias!.requires_grad = false;
        module.call(ones(1, 2)).sum().backward();
        var before = OperatorCheck.Elements(module.proj.weight);
        var gradient = OperatorCheck.Elements(module.proj.weight.grad!);

        module.@double();

        Assert.Equal(before, OperatorCheck.Elements(module.proj.weight));
        Assert.Equal(float64, module.proj.weight.grad!.dtype);
        Assert.Equal(gradient, OperatorCheck.Elements(module.proj.weight.grad!));
        Assert.True(module.proj.weight.requires_grad);
        Assert.True(module.proj.weight.is_leaf);
        Assert.False(module.proj.bias!.requires_grad);
    }

    [Fact]
    public void To_ThroughContainers_ReachesEverything()
    {
        using var scope = NewDisposeScope();
        using var parent = new Parent();
        parent.half();
        Assert.Equal(6, parent.parameters().Count());
        Assert.All(parent.parameters(), parameter => Assert.Equal(float16, parameter.dtype));
        Assert.All(parent.Factors, parameter => Assert.Equal(float16, parameter.dtype));
        parent.to(CPU, float32).bfloat16();
        Assert.All(parent.parameters(), parameter => Assert.Equal(bfloat16, parameter.dtype));
    }

    [Fact]
    public void To_AnIntegerType_Throws()
    {
        using var module = new Mixed();
        Assert.Throws<ArgumentException>(() => module.to(int64));
    }

    [Fact]
    public void To_LikeATensor_TakesItsType()
    {
        using var scope = NewDisposeScope();
        using var module = new Mixed();
        module.to(zeros(1, dtype: float64));
        Assert.Equal(float64, module.scale.dtype);
    }

    [Fact]
    public void Construction_OnMeta_HasShapesAndNoMemory()
    {
        using var scope = NewDisposeScope();
        var meta = new Device("meta");
        using var network = Sequential(
            Linear(1 << 20, 1 << 20, device: meta, dtype: bfloat16), Conv2d(320, 640, 3, device: meta), GroupNorm(32, 320, device: meta),
            LayerNorm(768, device: meta), Embedding(49408, 768, device: meta));
        Assert.All(network.parameters(), parameter => Assert.True(parameter.is_meta));
        Assert.Equal([1 << 20, 1 << 20], network.parameters().First().shape);
        Assert.Equal(bfloat16, network.parameters().First().dtype);
        Assert.Equal([640, 320, 3, 3], network.get_parameter("1.weight")?.shape ?? ((Conv2d)network[1]).weight.shape);
    }

    [Fact]
    public void Construction_WithAType_HasItEverywhere()
    {
        using var network = Sequential(
            Linear(2, 2, dtype: bfloat16), Conv1d(1, 1, 1, dtype: bfloat16), Conv2d(1, 1, 1, dtype: bfloat16), ConvTranspose2d(1, 1, 1, dtype: bfloat16),
            GroupNorm(1, 2, dtype: bfloat16), LayerNorm(2, dtype: bfloat16), Embedding(2, 2, dtype: bfloat16));
        Assert.Equal(13, network.parameters().Count());
        Assert.All(network.parameters(), parameter => Assert.Equal(bfloat16, parameter.dtype));
    }

    [Fact]
    public void Weight_SetToAnother_TakesItsPlace()
    {
        using var scope = NewDisposeScope();
        using var linear = Linear(2, 1);
        var old = linear.weight;
        linear.weight = Parameter(full(new long[] { 1, 2 }, 2.0), requires_grad: false);
        linear.bias = null;
        Assert.True(old.IsInvalid);
        Assert.Same(linear.weight, linear.get_parameter("weight"));
        Assert.Single(linear.parameters());
        Assert.Equal(6, linear.call(tensor(new[] { 1f, 2f })).ToSingle());
    }

    private sealed class Mixed : Module<Tensor, Tensor>
    {
        public Parameter scale;
        public Tensor mean;
        public readonly Linear proj;
        private readonly Tensor positions;

        public Mixed() : base(nameof(Mixed))
        {
            scale = Parameter(ones(1));
            mean = zeros(3);
            positions = arange(3, dtype: int64);
            proj = Linear(2, 3);
            RegisterComponents();
        }

        public override Tensor forward(Tensor input) => proj.call(input) * scale + mean + positions;
    }

    private sealed class Parent : Module
    {
        private readonly ModuleList<Linear> list;
        private readonly Sequential net;
        private readonly ParameterList factors;

        public Parent() : base(nameof(Parent))
        {
            list = ModuleList(Linear(1, 1));
            net = Sequential(SiLU(), Linear(1, 1));
            factors = ParameterList(Parameter(ones(1)), Parameter(ones(2)));
            RegisterComponents();
        }

        public ParameterList Factors => factors;
    }
}
