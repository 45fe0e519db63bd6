using LoraBridge.Checkpoints.Naming;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Lora.Algorithms;

public sealed class LohaModuleTests : IDisposable
{
    private readonly TinyAdapters _adapters = new();

    public void Dispose() => _adapters.Dispose();

    [Theory]
    [InlineData(3, true)]
    [InlineData(5, false)]          // 25 products are more than half of 32 outputs
    public void WeightDifference_Linear_IsProductOfProducts(long rank, bool isThin)
    {
        var module = Module(TinyAdapters.Linear, rank, 32, 64, out var tensors);
        var (a1, b1, a2, b2) = (tensors[0], tensors[1], tensors[2], tensors[3]);

        TinyAdapters.CheckDifference(module, (o, i, _) => 2.0 / rank * Plain.Sum(rank, r => a1[o, r] * b1[r, i]) * Plain.Sum(rank, r => a2[o, r] * b2[r, i]));
        Assert.Equal((rank, "LoHa", isThin), (module.Rank, module.Algorithm, module.IsThin));
        Assert.Equal(isThin, module.Factors() is not null);
    }

    [Fact]
    public void WeightDifference_Convolution_HasKernelInTheRightFactor()
    {
        var module = Module(TinyAdapters.Convolution, 2, 64, 32 * 9, out var tensors);
        var (a1, b1, a2, b2) = (tensors[0], tensors[1], tensors[2], tensors[3]);

        TinyAdapters.CheckDifference(module, (o, i, k) => Plain.Sum(2, r => a1[o, r] * b1[r, i * 9 + k]) * Plain.Sum(2, r => a2[o, r] * b2[r, i * 9 + k]));
    }

    [Fact]
    public void WeightDifference_Tucker_HasCoresBetween()
    {
        Tensor[] t = [TinyAdapters.Random(1, 2, 64), TinyAdapters.Random(2, 3, 32), TinyAdapters.Random(3, 2, 64), TinyAdapters.Random(4, 3, 32), TinyAdapters.Random(5, 2, 3, 3, 3), TinyAdapters.Random(6, 2, 3, 3, 3)];
        var module = _adapters.Module(TinyAdapters.Convolution,
            ("hada_w1_a", t[0]), ("hada_w1_b", t[1]), ("hada_w2_a", t[2]), ("hada_w2_b", t[3]), ("hada_t1", t[4]), ("hada_t2", t[5]), ("alpha", TinyAdapters.Number(6)));
        Plain[] p = [.. t.Select(tensor => new Plain(tensor))];

        TinyAdapters.CheckDifference(module, (o, i, k) => 2 * Half(p[4], p[0], p[1], o, i, k) * Half(p[5], p[2], p[3], o, i, k));
        Assert.False(module.IsThin);

        static double Half(Plain core, Plain a, Plain b, long o, long i, long k) =>
            Plain.Sum(2, x => Plain.Sum(3, y => core[x, y, k / 3, k % 3] * a[x, o] * b[y, i]));
    }

    [Theory]
    [InlineData("hada_w1_a")]
    [InlineData("hada_w2_b")]
    public void Create_MissingFactor_NamesIt(string missing)
    {
        (string Kind, Tensor Tensor)[] all =
        [
            ("hada_w1_a", TinyAdapters.Random(1, 32, 2)), ("hada_w1_b", TinyAdapters.Random(2, 2, 64)), ("hada_w2_a", TinyAdapters.Random(3, 32, 2)), ("hada_w2_b", TinyAdapters.Random(4, 2, 64)),
        ];

        Assert.EndsWith(missing, _adapters.Refused(TinyAdapters.Linear, [.. all.Where(row => row.Kind != missing)]).Key);
    }

    private LoraBridge.Lora.LoraModule Module(ModuleName target, long rank, long outputs, long inputs, out Plain[] plain)
    {
        Tensor[] t = [TinyAdapters.Random(1, outputs, rank), TinyAdapters.Random(2, rank, inputs), TinyAdapters.Random(3, outputs, rank), TinyAdapters.Random(4, rank, inputs)];
        plain = [.. t.Select(tensor => new Plain(tensor))];
        return _adapters.Module(target, ("hada_w1_a", t[0]), ("hada_w1_b", t[1]), ("hada_w2_a", t[2]), ("hada_w2_b", t[3]), ("alpha", TinyAdapters.Number(2)));
    }
}
