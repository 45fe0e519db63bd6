using LoraBridge.Checkpoints.Naming;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Lora.Algorithms;

public sealed class DifferenceModuleTests : IDisposable
{
    private readonly TinyAdapters _adapters = new();

    public void Dispose() => _adapters.Dispose();

    [Theory]
    [InlineData("input_blocks.1.1.transformer_blocks.0.attn2.to_k")]
    [InlineData("input_blocks.4.0.in_layers.2")]
    public void WeightDifference_Full_IsTheTensor(string path)
    {
        var name = new ModuleName(ModelComponent.UNet, path);
        var (difference, bias) = (TinyAdapters.Random(1, [.. TinyAdapters.Layers.Shape(name)!]), TinyAdapters.Random(2, TinyAdapters.Layers.Shape(name)![0]));
        var module = _adapters.Module(name, ("diff", difference), ("diff_b", bias));
        using var scope = NewDisposeScope();

        TensorAssert.Same(difference, module.WeightDifference(TinyAdapters.Weight(name)));
        TensorAssert.Same(bias, module.BiasDifference()!);
        Assert.Equal(("Full", true, true), (module.Algorithm, module.ChangesWeight, module.ChangesBias));
    }

    [Fact]
    public void WeightDifference_Norm_IsTheTensor()
    {
        var (weight, bias) = (TinyAdapters.Random(1, 32), TinyAdapters.Random(2, 32));
        var module = _adapters.Module(TinyAdapters.Norm, ("w_norm", weight), ("b_norm", bias));
        using var scope = NewDisposeScope();

        TensorAssert.Same(weight, module.WeightDifference(TinyAdapters.Weight(TinyAdapters.Norm)));
        TensorAssert.Same(bias, module.BiasDifference()!);
        Assert.Equal("Norm", module.Algorithm);
    }

    [Fact]
    public void ChangesWeight_BiasAlone_IsFalse()
    {
        var module = _adapters.Module(TinyAdapters.Linear, ("diff_b", TinyAdapters.Random(2, 32)));

        Assert.Equal((false, true), (module.ChangesWeight, module.ChangesBias));
    }

    [Fact]
    public void Create_BiasOfAnotherLength_NamesTheKey() =>
        Assert.EndsWith("diff_b", _adapters.Refused(TinyAdapters.Linear, ("diff", TinyAdapters.Random(1, 32, 64)), ("diff_b", TinyAdapters.Random(2, 64))).Key);

    [Fact]
    public void Replacement_Always_IsSetLessOwn()
    {
        var set = TinyAdapters.Random(1, 32, 64);
        var module = _adapters.Module(TinyAdapters.Linear, ("set_weight", set));
        var (s, w) = (new Plain(set), new Plain(TinyAdapters.Weight(TinyAdapters.Linear)));

        TinyAdapters.CheckDifference(module, (o, i, _) => s[o, i] - w[o, i]);
        Assert.Equal("Set", module.Algorithm);
    }
}
