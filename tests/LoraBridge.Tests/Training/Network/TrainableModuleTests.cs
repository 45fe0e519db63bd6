using LoraBridge.Diffusion.Models;
using LoraBridge.Torch;
using LoraBridge.Training.Network;
using LoraBridge.Training.Settings;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Training.Network;

/// <summary>Every algorithm on every kind of layer: it begins without effect, acts as its file says, and its gradients are those of the plain formula.</summary>
public sealed class TrainableModuleTests(TinyNetwork tiny) : IClassFixture<TinyNetwork>, IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    private static readonly Dictionary<string, NetworkOptions> s_kinds = new()
    {
        ["lora"] = new() { Algorithm = NetworkAlgorithm.LoCon, Rank = 4, Alpha = 2 },
        ["lora, gaussian"] = new() { Algorithm = NetworkAlgorithm.LoCon, Rank = 4, Initialization = NetworkInitialization.Gaussian },
        ["lora, stabilised"] = new() { Algorithm = NetworkAlgorithm.LoCon, Rank = 4, Alpha = 3, RankStabilized = true },
        ["lora, kernel between"] = new() { Algorithm = NetworkAlgorithm.LoCon, Rank = 3, Alpha = 6, Tucker = true },
        ["lora, lengths of outputs"] = new() { Algorithm = NetworkAlgorithm.LoCon, Rank = 4, Alpha = 2, WeightDecompose = true },
        ["lora, lengths of inputs"] = new() { Algorithm = NetworkAlgorithm.LoCon, Rank = 4, Alpha = 2, WeightDecompose = true, DecomposeOnOutput = false },
        ["loha"] = new() { Algorithm = NetworkAlgorithm.LoHa, Rank = 3, Alpha = 2 },
        ["loha, kernel within"] = new() { Algorithm = NetworkAlgorithm.LoHa, Rank = 3, Tucker = true },
        ["loha, lengths of outputs"] = new() { Algorithm = NetworkAlgorithm.LoHa, Rank = 3, WeightDecompose = true },
        ["lokr"] = new() { Algorithm = NetworkAlgorithm.LoKr, Rank = 2, Alpha = 3 },
        ["lokr, both decomposed"] = new() { Algorithm = NetworkAlgorithm.LoKr, Rank = 1, DecomposeBoth = true, Factor = 4 },
        ["lokr, both whole"] = new() { Algorithm = NetworkAlgorithm.LoKr, Rank = 2, Alpha = 5, FullMatrix = true },
        ["lokr, kernel within"] = new() { Algorithm = NetworkAlgorithm.LoKr, Rank = 2, Tucker = true, Factor = 2 },
        ["ia3"] = new() { Algorithm = NetworkAlgorithm.IA3 },
        ["full"] = new() { Algorithm = NetworkAlgorithm.Full },
    };

    public static TheoryData<string, string> Cases
    {
        get
        {
            var cases = new TheoryData<string, string>();
            foreach (var kind in s_kinds.Keys)
                foreach (var layer in TinyNetwork.SomeLayers)
                    cases.Add(kind, layer);
            return cases;
        }
    }

    public void Dispose() => _scope.Dispose();

    [Theory]
    [MemberData(nameof(Cases))]
    public void Output_AtFirst_IsTheLayers(string kind, string path)
    {
        using var network = tiny.OfLayer(s_kinds[kind], path);
        var module = Assert.Single(network.Modules);
        var x = TinyNetwork.Input(module.Plan);
        TensorAssert.Close(tiny.Layer(module).Plain(x), module.Output(x, null), 2e-6, path);
        Assert.Contains(module.Tensors, tensor => tensor.IsTrained && tensor.Value.requires_grad && tensor.Value.is_leaf);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Output_Later_IsThatOfTheFilesDifference(string kind, string path)
    {
        using var network = tiny.OfLayer(s_kinds[kind], path);
        TinyNetwork.Stir(network);
        var (module, layer) = (network.Modules[0], tiny.Layer(network.Modules[0]));
        var x = TinyNetwork.Input(module.Plan);
        using var read = TinyNetwork.AsRead(module);

        var difference = read.WeightDifference(layer.Weight);
        var bias = read.BiasDifference() is { } more ? layer.Bias! + more : layer.Bias;
        var expected = layer.With(x, layer.Weight + difference, bias);

        TensorAssert.Close(expected, module.Output(x, null), 2e-5, path);
        Assert.True(TensorAssert.MaxDifference(layer.Plain(x), expected) > 1e-3, "the change has no effect");
        if (module.HasLengths) return;
        TensorAssert.Close(difference, module.Difference(), 2e-6, "the difference itself");
        Assert.Equal(difference.norm().ToDouble(), module.Norm().ToDouble(), 1e-4);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Gradients_AreThoseOfTheFormedWeight(string kind, string path)
    {
        using var network = tiny.OfLayer(s_kinds[kind], path);
        TinyNetwork.Stir(network);
        var (module, layer) = (network.Modules[0], tiny.Layer(network.Modules[0]));
        var x = TinyNetwork.Input(module.Plan).requires_grad_();
        var weights = randn_like(module.Output(x, null));

        (module.Output(x, null) * weights).sum().backward();
        var actual = Taken(module, x);
        Tensor? bias = layer.Bias;
        if (module.Tensors.FirstOrDefault(tensor => tensor.Kind == "diff_b") is { } more) bias = bias! + more.Value;
        (layer.With(x, Formed(module, layer), bias) * weights).sum().backward();

        var expected = Taken(module, x);
        foreach (var (name, gradient) in expected)
        {
            Assert.True(gradient.abs().max().ToDouble() > 0, $"{name} has no gradient");
            TensorAssert.Close(gradient, actual[name], 3e-5 * Math.Max(1, gradient.abs().max().ToDouble()), name);
        }
    }

    [Theory]
    [InlineData("loha")]
    [InlineData("lokr")]
    [InlineData("full")]
    public void Gradients_OfAChangeThatIsFormedAgain_AreThoseOfOneThatIsKept(string kind)
    {
        using var network = tiny.OfLayer(s_kinds[kind] with { RankDropout = 0.3, Dropout = 0.2 }, TinyNetwork.SomeLayers[2]);
        TinyNetwork.Stir(network);
        var module = network.Modules[0];
        var x = TinyNetwork.Input(module.Plan).requires_grad_();

        network.Recomputes = true;
        TorchExtras.Backward(module.Output(x, new(1, 2, 3)).square().sum());
        var again = Taken(module, x);
        network.Recomputes = false;
        module.Output(x, new(1, 2, 3)).square().sum().backward();

        foreach (var (name, gradient) in Taken(module, x)) TensorAssert.Close(gradient, again[name], 1e-5 * Math.Max(1, gradient.abs().max().ToDouble()), name);
    }

    [Fact]
    public void Output_InHalfPrecision_FollowsTheInput_AndGradientsTheParameters()
    {
        using var network = tiny.OfLayer(s_kinds["lora"], TinyNetwork.SomeLayers[0]);
        TinyNetwork.Stir(network);
        var module = network.Modules[0];
        var x = TinyNetwork.Input(module.Plan);

        var y = module.Output(x.to(bfloat16), null);
        y.to(float32).sum().backward();

        Assert.Equal(bfloat16, y.dtype);
        TensorAssert.Close(module.Output(x, null), y.to(float32), 0.05);
        Assert.All(module.Tensors, tensor => Assert.Equal(float32, tensor.Value.grad!.dtype));
    }

    [Fact]
    public void Norms_ThatAreTrained_ActAsTheirFileSays()
    {
        using var network = tiny.OfLayer(new() { Algorithm = NetworkAlgorithm.LoCon, TrainNorm = true }, "input_blocks.1.1.norm");
        var (module, layer) = (network.Modules[0], tiny.Layer(network.Modules[0]));
        var x = TinyNetwork.Input(module.Plan);
        TensorAssert.Close(layer.Plain(x), module.Output(x, null), 5e-6);

        TinyNetwork.Stir(network);
        using var read = TinyNetwork.AsRead(module);
        Assert.Equal("Norm", read.Algorithm);
        TensorAssert.Close(layer.With(x, layer.Weight + read.WeightDifference(layer.Weight), layer.Bias! + read.BiasDifference()!), module.Output(x, null), 1e-5);
    }

    [Fact]
    public void LoRAFa_LeavesItsDownFactorAlone()
    {
        using var network = tiny.OfLayer(new() { Algorithm = NetworkAlgorithm.LoRAFa, Rank = 4 }, TinyNetwork.SomeLayers[0]);
        var module = Assert.IsType<TrainableLora>(network.Modules[0]);
        Assert.False(module.Down.Value.requires_grad);
        Assert.Equal([module.Up.Name], network.Groups.SelectMany(group => group.Parameters).Select(parameter => parameter.Name));
    }

    [Theory]
    [InlineData(320, -1, 16, 20)]
    [InlineData(640, -1, 20, 32)]
    [InlineData(1280, -1, 32, 40)]
    [InlineData(768, -1, 24, 32)]
    [InlineData(512, -1, 16, 32)]
    [InlineData(127, -1, 1, 127)]
    [InlineData(320, 8, 8, 40)]
    [InlineData(320, 64, 5, 64)]
    [InlineData(320, 7, 5, 64)]
    public void LokrSplit_IsTheReferences(long side, long factor, long small, long large) => Assert.Equal((small, large), TrainableLokr.Split(side, factor));

    private static Tensor Formed(TrainableModule module, WeightLayer layer)
    {
        var changed = layer.Weight + module.Difference();
        if (!module.HasLengths) return changed;
        var rest = Enumerable.Range(0, layer.WeightShape.Length).Select(i => (long)i).Where(i => i != (module.IsByOutput ? 0 : 1)).ToArray();
        var norm = changed.square().sum(rest, keepdim: true).sqrt().detach();
        return module.Tensors.Single(tensor => tensor.Kind == "dora_scale").Value * changed / norm;
    }

    private static Dictionary<string, Tensor> Taken(TrainableModule module, Tensor x)
    {
        var gradients = module.Tensors.ToDictionary(tensor => tensor.Kind, tensor => tensor.Value.grad!.clone());
        gradients["x"] = x.grad!.clone();
        foreach (var tensor in module.Tensors) tensor.Value.grad = null;
        x.grad = null;
        return gradients;
    }
}
