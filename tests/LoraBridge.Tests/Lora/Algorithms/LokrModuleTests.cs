using static TorchSharp.torch;

namespace LoraBridge.Tests.Lora.Algorithms;

public sealed class LokrModuleTests : IDisposable
{
    private readonly TinyAdapters _adapters = new();

    public void Dispose() => _adapters.Dispose();

    [Fact]
    public void WeightDifference_TwoWholeFactors_IgnoresAlpha()
    {
        var (w1, w2) = (TinyAdapters.Random(1, 4, 8), TinyAdapters.Random(2, 8, 8));
        var module = _adapters.Module(TinyAdapters.Linear, ("lokr_w1", w1), ("lokr_w2", w2), ("alpha", TinyAdapters.Number(17)));
        var (a, b) = (new Plain(w1), new Plain(w2));

        TinyAdapters.CheckDifference(module, (o, i, _) => a[o / 8, i / 8] * b[o % 8, i % 8]);
        Assert.Equal((1.0, (long?)null), (module.Scale, module.Rank));
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public void WeightDifference_DecomposedFactors_AreScaledByRank(bool firstDecomposed, bool secondDecomposed)
    {
        Tensor[] t = [TinyAdapters.Random(1, 4, 8), TinyAdapters.Random(2, 4, 2), TinyAdapters.Random(3, 2, 8), TinyAdapters.Random(4, 8, 8), TinyAdapters.Random(5, 8, 2), TinyAdapters.Random(6, 2, 8)];
        var module = _adapters.Module(TinyAdapters.Linear,
        [
            .. firstDecomposed ? [("lokr_w1_a", t[1]), ("lokr_w1_b", t[2])] : new[] { ("lokr_w1", t[0]) },
            .. secondDecomposed ? [("lokr_w2_a", t[4]), ("lokr_w2_b", t[5])] : new[] { ("lokr_w2", t[3]) },
            ("alpha", TinyAdapters.Number(1)),
        ]);
        Plain[] p = [.. t.Select(tensor => new Plain(tensor))];

        TinyAdapters.CheckDifference(module, (o, i, _) => 0.5 * First(o / 8, i / 8) * Second(o % 8, i % 8));
        Assert.Equal(2, module.Rank);

        double First(long o, long i) => firstDecomposed ? Plain.Sum(2, r => p[1][o, r] * p[2][r, i]) : p[0][o, i];
        double Second(long o, long i) => secondDecomposed ? Plain.Sum(2, r => p[4][o, r] * p[5][r, i]) : p[3][o, i];
    }

    [Fact]
    public void WeightDifference_WholeConvolution_HasKernelInTheSecond()
    {
        var (w1, w2) = (TinyAdapters.Random(1, 8, 4), TinyAdapters.Random(2, 8, 8, 3, 3));
        var module = _adapters.Module(TinyAdapters.Convolution, ("lokr_w1", w1), ("lokr_w2", w2));
        var (a, b) = (new Plain(w1), new Plain(w2));

        TinyAdapters.CheckDifference(module, (o, i, k) => a[o / 8, i / 8] * b[o % 8, i % 8, k / 3, k % 3]);
    }

    [Fact]
    public void WeightDifference_DecomposedConvolution_HasKernelBehindTheInputs()
    {
        var (w1, a, b) = (TinyAdapters.Random(1, 8, 4), TinyAdapters.Random(2, 8, 2), TinyAdapters.Random(3, 2, 8 * 9));
        var module = _adapters.Module(TinyAdapters.Convolution, ("lokr_w1", w1), ("lokr_w2_a", a), ("lokr_w2_b", b), ("alpha", TinyAdapters.Number(1)));
        var (p, q, r) = (new Plain(w1), new Plain(a), new Plain(b));

        TinyAdapters.CheckDifference(module, (o, i, k) => 0.5 * p[o / 8, i / 8] * Plain.Sum(2, x => q[o % 8, x] * r[x, (i % 8) * 9 + k]));
    }

    [Fact]
    public void WeightDifference_Tucker_HasCoreInTheSecond()
    {
        var (w1, a, b, t) = (TinyAdapters.Random(1, 8, 4), TinyAdapters.Random(2, 2, 8), TinyAdapters.Random(3, 2, 8), TinyAdapters.Random(4, 2, 2, 3, 3));
        var module = _adapters.Module(TinyAdapters.Convolution, ("lokr_w1", w1), ("lokr_w2_a", a), ("lokr_w2_b", b), ("lokr_t2", t), ("alpha", TinyAdapters.Number(1)));
        var (p, q, r, core) = (new Plain(w1), new Plain(a), new Plain(b), new Plain(t));

        TinyAdapters.CheckDifference(module, (o, i, k) => 0.5 * p[o / 8, i / 8] * Plain.Sum(2, x => Plain.Sum(2, y => core[x, y, k / 3, k % 3] * q[x, o % 8] * r[y, i % 8])));
    }

    [Fact]
    public void Create_FactorsOfAnotherSize_IsRefused() =>
        Assert.Contains("Kronecker", _adapters.Refused(TinyAdapters.Linear, ("lokr_w1", TinyAdapters.Random(1, 4, 8)), ("lokr_w2", TinyAdapters.Random(2, 8, 9))).Message);
}
