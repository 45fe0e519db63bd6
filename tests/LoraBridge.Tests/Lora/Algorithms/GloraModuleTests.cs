using static TorchSharp.torch;

namespace LoraBridge.Tests.Lora.Algorithms;

public sealed class GloraModuleTests : IDisposable
{
    private readonly TinyAdapters _adapters = new();

    public void Dispose() => _adapters.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]             // early files have 1 and 2 swapped
    public void WeightDifference_EitherOrder_IsTheSame(bool today)
    {
        var (a1, a2, b1, b2) = (TinyAdapters.Random(1, 64, 4), TinyAdapters.Random(2, 4, 64), TinyAdapters.Random(3, 32, 4), TinyAdapters.Random(4, 4, 64));
        var module = today
            ? _adapters.Module(TinyAdapters.Linear, ("a1.weight", a1), ("a2.weight", a2), ("b1.weight", b1), ("b2.weight", b2), ("alpha", TinyAdapters.Number(2)))
            : _adapters.Module(TinyAdapters.Linear, ("a2.weight", a1), ("a1.weight", a2), ("b2.weight", b1), ("b1.weight", b2), ("alpha", TinyAdapters.Number(2)));
        var w = new Plain(TinyAdapters.Weight(TinyAdapters.Linear));
        var (p, q, r, s) = (new Plain(a1), new Plain(a2), new Plain(b1), new Plain(b2));

        TinyAdapters.CheckDifference(module, (o, i, _) =>
            0.5 * (Plain.Sum(64, j => w[o, j] * Plain.Sum(4, x => p[j, x] * q[x, i])) + Plain.Sum(4, x => r[o, x] * s[x, i])), 1e-4);
        Assert.Equal((4L, 0.5, "GLoRA"), (module.Rank, module.Scale, module.Algorithm));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void WeightDifference_Convolution_MixesInputsAtEveryPosition(bool hasCore)
    {
        var (a1, a2, b1) = (TinyAdapters.Random(1, 32, 2, 1, 1), TinyAdapters.Random(2, 2, 32, 1, 1), TinyAdapters.Random(3, 64, 2, 1, 1));
        var b2 = hasCore ? TinyAdapters.Random(4, 2, 32, 1, 1) : TinyAdapters.Random(4, 2, 32, 3, 3);
        var core = TinyAdapters.Random(5, 2, 2, 3, 3);
        (string, Tensor)[] tensors = [("a1.weight", a1), ("a2.weight", a2), ("b1.weight", b1), ("b2.weight", b2)];
        var module = _adapters.Module(TinyAdapters.Convolution, hasCore ? [.. tensors, ("bm.weight", core)] : tensors);
        var w = new Plain(TinyAdapters.Weight(TinyAdapters.Convolution));
        var (p, q, r, s, c) = (new Plain(a1), new Plain(a2), new Plain(b1), new Plain(b2), new Plain(core));

        TinyAdapters.CheckDifference(module, (o, i, k) =>
            Plain.Sum(32, j => w[o, j, k / 3, k % 3] * Plain.Sum(2, x => p[j, x, 0, 0] * q[x, i, 0, 0]))
            + (hasCore ? Plain.Sum(2, x => Plain.Sum(2, y => r[o, x, 0, 0] * c[x, y, k / 3, k % 3] * s[y, i, 0, 0])) : Plain.Sum(2, x => r[o, x, 0, 0] * s[x, i, k / 3, k % 3])), 1e-4);
    }

    [Fact]
    public void Create_MatricesThatFitNeitherWay_IsRefused() =>
        Assert.Contains("no change", _adapters.Refused(TinyAdapters.Linear,
            ("a1.weight", TinyAdapters.Random(1, 63, 4)), ("a2.weight", TinyAdapters.Random(2, 4, 64)), ("b1.weight", TinyAdapters.Random(3, 32, 4)), ("b2.weight", TinyAdapters.Random(4, 4, 64))).Message);
}
