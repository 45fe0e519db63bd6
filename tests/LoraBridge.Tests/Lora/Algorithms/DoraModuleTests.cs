using LoraBridge.Checkpoints.Naming;
using LoraBridge.Lora.Algorithms;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Lora.Algorithms;

public sealed class DoraModuleTests : IDisposable
{
    private readonly TinyAdapters _adapters = new();

    public void Dispose() => _adapters.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void WeightDifference_SquareLayer_GoesByThePlaceOfTheOnes(bool byOutput)
    {
        var (down, up) = (TinyAdapters.Random(1, 4, 32), TinyAdapters.Random(2, 32, 4));
        var lengths = byOutput ? TinyAdapters.Random(3, 32, 1) : TinyAdapters.Random(3, 1, 32);
        var module = _adapters.Module(TinyAdapters.Square, ("lora_down.weight", down), ("lora_up.weight", up), ("alpha", TinyAdapters.Number(2)), ("dora_scale", lengths));
        var (d, u, m, w) = (new Plain(down), new Plain(up), new Plain(lengths).Values, new Plain(TinyAdapters.Weight(TinyAdapters.Square)));

        TinyAdapters.CheckDifference(module, (o, i, _) =>
            m[byOutput ? o : i] * V(o, i) / Math.Sqrt(Plain.Sum(32, j => byOutput ? V(o, j) * V(o, j) : V(j, i) * V(j, i))) - w[o, i]);
        Assert.Equal(byOutput, Assert.IsType<DoraModule>(module).IsByOutput);
        Assert.Equal(("DoRA (LoRA)", 4L, 0.5, false), (module.Algorithm, module.Rank, module.Scale, module.IsThin));

        double V(long o, long i) => w[o, i] + 0.5 * Plain.Sum(4, r => u[o, r] * d[r, i]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void WeightDifference_Convolution_TakesNormOverTheKernelToo(bool byOutput)
    {
        var (down, up) = (TinyAdapters.Random(1, 2, 32, 3, 3), TinyAdapters.Random(2, 64, 2, 1, 1));
        var lengths = byOutput ? TinyAdapters.Random(3, 64, 1, 1, 1) : TinyAdapters.Random(3, 1, 32, 1, 1);
        var module = _adapters.Module(TinyAdapters.Convolution, ("lora_down.weight", down), ("lora_up.weight", up), ("dora_scale", lengths));
        var (d, u, m, w) = (new Plain(down), new Plain(up), new Plain(lengths).Values, new Plain(TinyAdapters.Weight(TinyAdapters.Convolution)));
        var norms = Enumerable.Range(0, byOutput ? 64 : 32).Select(n => Math.Sqrt(byOutput
            ? Plain.Sum(32 * 9, j => Math.Pow(V(n, j / 9, j % 9), 2))
            : Plain.Sum(64 * 9, j => Math.Pow(V(j / 9, n, j % 9), 2)))).ToArray();

        TinyAdapters.CheckDifference(module, (o, i, k) => m[byOutput ? o : i] * V(o, i, k) / norms[byOutput ? o : i] - w[o, i, k / 3, k % 3]);

        double V(long o, long i, long k) => w[o, i, k / 3, k % 3] + Plain.Sum(2, r => u[o, r, 0, 0] * d[r, i, k / 3, k % 3]);
    }

    [Fact]
    public void WeightDifference_OwnNormsAndNoDirection_IsZero()
    {
        using var scope = NewDisposeScope();
        var weight = TinyAdapters.Weight(TinyAdapters.Linear);
        var norms = weight.square().sum(1, keepdim: true).sqrt();
        var module = _adapters.Module(TinyAdapters.Linear, ("lora_down.weight", TinyAdapters.Random(1, 4, 64)), ("lora_up.weight", zeros([32, 4])), ("dora_scale", norms));

        TensorAssert.Close(zeros_like(weight), module.WeightDifference(weight), 1e-6);
    }

    [Fact]
    public void WeightDifference_LohaAndLokr_TakeTheirOwnDirections()
    {
        using var scope = NewDisposeScope();
        var weight = TinyAdapters.Weight(TinyAdapters.Linear);
        (string, Tensor)[] loha = [("hada_w1_a", TinyAdapters.Random(1, 32, 2)), ("hada_w1_b", TinyAdapters.Random(2, 2, 64)), ("hada_w2_a", TinyAdapters.Random(3, 32, 2)), ("hada_w2_b", TinyAdapters.Random(4, 2, 64))];
        (string, Tensor)[] lokr = [("lokr_w1", TinyAdapters.Random(1, 4, 8)), ("lokr_w2", TinyAdapters.Random(2, 8, 8))];
        var lengths = TinyAdapters.Random(5, 1, 64);
        foreach (var tensors in new[] { loha, lokr })
        {
            var changed = weight + _adapters.Module(TinyAdapters.Linear, tensors).WeightDifference(weight);
            var module = _adapters.Module(TinyAdapters.Linear, [.. tensors, ("dora_scale", lengths)]);

            TensorAssert.Close(changed / changed.square().sum(0L, keepdim: true).sqrt() * lengths - weight, module.WeightDifference(weight), 1e-5);
        }
    }

    [Fact]
    public void Create_PeftMagnitudes_AreByOutputWhateverTheirShape()
    {
        var layer = new ModuleName(ModelComponent.UNet, "input_blocks.1.1.proj_in");
        var file = _adapters.Read(new Dictionary<string, Tensor>
        {
            ["base_model.model.down_blocks.0.attentions.0.proj_in.lora_A.weight"] = TinyAdapters.Random(1, 4, 32, 1, 1),
            ["base_model.model.down_blocks.0.attentions.0.proj_in.lora_B.weight"] = TinyAdapters.Random(2, 32, 4, 1, 1),
            ["base_model.model.down_blocks.0.attentions.0.proj_in.lora_magnitude_vector"] = TinyAdapters.Random(3, 1, 32, 1, 1),
        });

        var module = Assert.IsType<DoraModule>(Assert.Single(file.Modules));
        Assert.Equal((layer, true), (module.Target, module.IsByOutput));
        Assert.Equal("output rows", file.Report.DoraNorm);
    }

    [Fact]
    public void Create_BesideAnotherAlgorithm_IsRefused() =>
        Assert.Contains("LoRA, LoHa or LoKr", _adapters.Refused(TinyAdapters.Linear, ("diff", TinyAdapters.Random(1, 32, 64)), ("dora_scale", TinyAdapters.Random(2, 32, 1))).Message);
}
