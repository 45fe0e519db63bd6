namespace LoraBridge.Tests.Lora.Algorithms;

public sealed class Ia3ModuleTests : IDisposable
{
    private readonly TinyAdapters _adapters = new();

    public void Dispose() => _adapters.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void WeightDifference_Linear_ScalesRowsOrColumns(bool onInput)
    {
        var factors = TinyAdapters.Random(1, onInput ? 64 : 32);
        var module = _adapters.Module(TinyAdapters.Linear, ("weight", factors), ("on_input", TinyAdapters.Number(onInput ? 1 : 0)));
        var (f, w) = (new Plain(factors), new Plain(TinyAdapters.Weight(TinyAdapters.Linear)));

        TinyAdapters.CheckDifference(module, (o, i, _) => w[o, i] * f[onInput ? i : o]);
        Assert.Equal(("IA3", 1.0, (long?)null), (module.Algorithm, module.Scale, module.Rank));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void WeightDifference_Convolution_ScalesChannels(bool onInput)
    {
        var factors = TinyAdapters.Random(1, 1, onInput ? 32 : 64, 1, 1);
        var module = _adapters.Module(TinyAdapters.Convolution, ("weight", factors), ("on_input", TinyAdapters.Number(onInput ? 1 : 0)));
        var (f, w) = (new Plain(factors), new Plain(TinyAdapters.Weight(TinyAdapters.Convolution)));

        TinyAdapters.CheckDifference(module, (o, i, k) => w[o, i, k / 3, k % 3] * f[0, onInput ? i : o, 0, 0]);
    }

    [Fact]
    public void WeightDifference_WithoutTheMark_GoesByLength()
    {
        var factors = TinyAdapters.Random(1, 64);
        var module = _adapters.Module(TinyAdapters.Linear, ("weight", factors));
        var (f, w) = (new Plain(factors), new Plain(TinyAdapters.Weight(TinyAdapters.Linear)));

        TinyAdapters.CheckDifference(module, (o, i, _) => w[o, i] * f[i]);
    }

    [Fact]
    public void Create_AnotherLength_IsRefused() =>
        Assert.Contains("every output", _adapters.Refused(TinyAdapters.Linear, ("weight", TinyAdapters.Random(1, 64)), ("on_input", TinyAdapters.Number(0))).Message);
}
