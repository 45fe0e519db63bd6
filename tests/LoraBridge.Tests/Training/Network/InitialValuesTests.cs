using LoraBridge.Training.Network;
using LoraBridge.Training.Settings;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Training.Network;

public sealed class InitialValuesTests : IDisposable
{
    private readonly TinyNetwork _tiny = new();

    public void Dispose() => _tiny.Dispose();

    [Fact]
    public void Kaiming_FillsItsBoundEvenly()
    {
        using var values = InitialValues.Kaiming(InitialValues.Stream(1, "a"), [40, 100], inputs: 25);
        Assert.InRange(values.abs().max().ToDouble(), 0.199, 0.2);
        Assert.InRange(values.mean().ToDouble(), -0.005, 0.005);
        Assert.Equal(0.2 / Math.Sqrt(3), values.std().ToDouble(), 0.002);
    }

    [Fact]
    public void Normal_HasItsDeviation()
    {
        using var values = InitialValues.Normal(InitialValues.Stream(1, "a"), [40, 100], 0.1);
        Assert.Equal(0.1, values.std().ToDouble(), 0.004);
    }

    [Theory]
    [InlineData(NetworkInitialization.Kaiming)]
    [InlineData(NetworkInitialization.Gaussian)]
    public void Factors_BeginAsTheFormatSays(NetworkInitialization initialization)
    {
        using var scope = NewDisposeScope();
        using var network = _tiny.Create(new() { Algorithm = NetworkAlgorithm.LoCon, Rank = 16, Initialization = initialization });
        foreach (var module in network.Modules.Cast<TrainableLora>())
        {
            Assert.Equal(0, module.Up.Value.abs().max().ToDouble());
            var bound = 1 / Math.Sqrt(module.Plan.Shape[1] * module.Plan.Kernel);
            if (initialization == NetworkInitialization.Kaiming) Assert.InRange(module.Down.Value.abs().max().ToDouble(), 0.8 * bound, bound);
            else Assert.InRange(module.Down.Value.std().ToDouble(), 0.8 / 16, 1.2 / 16);
        }
    }

    [Fact]
    public void Values_DependOnSeedAndNameAlone()
    {
        using var scope = NewDisposeScope();
        const string Layer = "input_blocks.1.1.transformer_blocks.0.attn1.to_q";
        using var all = _tiny.Create(new() { Rank = 4 });
        _ = rand(5);                                                            // the process's generator has no part in it
        using var one = _tiny.Create(new() { Rank = 4 }, Layer);
        using var other = TrainableNetwork.Create(_tiny.Layers, TinyNetwork.Options(new() { Rank = 4 }), TinyNetwork.Seed + 1);

        static Tensor Down(TrainableNetwork network) => network.Modules.Single(module => module.Plan.Layer.Path == Layer).Tensors[0].Value;
        TensorAssert.Same(Down(all), Down(one));
        Assert.True(TensorAssert.MaxDifference(Down(all), Down(other)) > 0.01);
        Assert.True(TensorAssert.MaxDifference(Down(all), all.Modules.First(module => module.Plan.Layer.Path.EndsWith("attn1.to_v", StringComparison.Ordinal)).Tensors[0].Value) > 0.01);
    }
}
