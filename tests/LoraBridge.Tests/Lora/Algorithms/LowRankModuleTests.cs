using LoraBridge.Tests.Native;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Lora.Algorithms;

[Collection(ProcessWide.Name)]
public sealed class LowRankModuleTests : IDisposable
{
    private readonly TinyAdapters _adapters = new();

    public void Dispose() => _adapters.Dispose();

    [Fact]
    public void WeightDifference_Linear_IsScaledProduct()
    {
        var (down, up) = (TinyAdapters.Random(1, 4, 64), TinyAdapters.Random(2, 32, 4));
        var module = _adapters.Module(TinyAdapters.Linear, ("lora_down.weight", down), ("lora_up.weight", up), ("alpha", TinyAdapters.Number(2)));
        var (d, u) = (new Plain(down), new Plain(up));

        TinyAdapters.CheckDifference(module, (o, i, _) => 0.5 * Plain.Sum(4, r => u[o, r] * d[r, i]));
        Assert.Equal((4L, 0.5, "LoRA", true), (module.Rank, module.Scale, module.Algorithm, module.IsThin));
    }

    [Fact]
    public void WeightDifference_VectorC_IsThatOfTheFormat()
    {
        // the reference's factors, in a corner of a layer of the tiny model
        float[] given = [1, 2, 3, 4, 5, 6], up = [0.5f, -0.5f, 0, 1, 2, -2];
        using var scope = NewDisposeScope();
        var (down, wide) = (zeros([2, 64], dtype: float32), zeros([32, 2], dtype: float32));
        down.narrow(1, 0, 3).copy_(tensor(given, [2, 3]));
        wide.narrow(0, 0, 3).copy_(tensor(up, [3, 2]));
        var module = _adapters.Module(TinyAdapters.Linear, ("lora_down.weight", down.to(float16)), ("lora_up.weight", wide.to(float16)), ("alpha", TinyAdapters.Number(1, ScalarType.Float16)));

        var difference = new Plain(module.WeightDifference(zeros([32, 64], dtype: float32)).narrow(0, 0, 3).narrow(1, 0, 3));

        Assert.Equal([-0.75, -0.75, -0.75, 2, 2.5, 3, -3, -3, -3], difference.Values);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]             // merge tools write convolutions' factors as matrices
    public void WeightDifference_Convolution_IsProductOverAllPositions(bool fourDimensions)
    {
        var (down, up) = (TinyAdapters.Random(1, 4, 32, 3, 3), TinyAdapters.Random(2, 64, 4, 1, 1));
        var module = fourDimensions
            ? _adapters.Module(TinyAdapters.Convolution, ("lora_down.weight", down), ("lora_up.weight", up))
            : _adapters.Module(TinyAdapters.Convolution, ("lora_down.weight", down.flatten(start_dim: 1)), ("lora_up.weight", up.flatten(start_dim: 1)));
        var (d, u) = (new Plain(down), new Plain(up));

        TinyAdapters.CheckDifference(module, (o, i, k) => Plain.Sum(4, r => u[o, r, 0, 0] * d[r, i, k / 3, k % 3]));
    }

    [Fact]
    public void WeightDifference_PointwiseFactorsOnLinear_IsTheSame()
    {
        var (down, up) = (TinyAdapters.Random(1, 4, 64, 1, 1), TinyAdapters.Random(2, 32, 4, 1, 1));
        var module = _adapters.Module(TinyAdapters.Linear, ("lora_down.weight", down), ("lora_up.weight", up));
        var (d, u) = (new Plain(down), new Plain(up));

        TinyAdapters.CheckDifference(module, (o, i, _) => Plain.Sum(4, r => u[o, r, 0, 0] * d[r, i, 0, 0]));
    }

    [Fact]
    public void WeightDifference_WithCore_IsTheTuckerSum()
    {
        var (down, up, mid) = (TinyAdapters.Random(1, 4, 32, 1, 1), TinyAdapters.Random(2, 64, 4, 1, 1), TinyAdapters.Random(3, 4, 4, 3, 3));
        var module = _adapters.Module(TinyAdapters.Convolution, ("lora_down.weight", down), ("lora_up.weight", up), ("lora_mid.weight", mid), ("alpha", TinyAdapters.Number(1)));
        var (d, u, m) = (new Plain(down), new Plain(up), new Plain(mid));

        TinyAdapters.CheckDifference(module, (o, i, k) => 0.25 * Plain.Sum(4, a => Plain.Sum(4, b => m[a, b, k / 3, k % 3] * u[o, a, 0, 0] * d[b, i, 0, 0])));
        Assert.Equal("LoCon", module.Algorithm);
    }

    [Fact]
    public void WeightDifference_DynamicRank_UsesTheFirstRanksAndTheFilesScale()
    {
        var (down, up) = (TinyAdapters.Random(1, 4, 64), TinyAdapters.Random(2, 32, 4));
        var module = _adapters.Module(TinyAdapters.Linear, ("lora_down.weight", down), ("lora_up.weight", up), ("alpha", TinyAdapters.Number(2)));
        using var scope = NewDisposeScope();

        var difference = new Plain(module.WeightDifference(TinyAdapters.Weight(TinyAdapters.Linear), dynamicRank: 2));

        var (d, u) = (new Plain(down), new Plain(up));
        Assert.Equal(0.5 * Plain.Sum(2, r => u[3, r] * d[r, 7]), difference[3, 7], 5);
    }

    [Theory]
    [InlineData(ScalarType.Float16, false, 2, 0.5)]
    [InlineData(ScalarType.Float32, true, 2, 0.5)]
    [InlineData(ScalarType.Int64, false, 2, 0.5)]
    [InlineData(ScalarType.Int32, true, 8, 2)]
    [InlineData(ScalarType.BFloat16, false, 0, 1)]          // as the rank
    public void Scale_AlphaOfAnyType_IsAlphaByRank(ScalarType type, bool hasDimension, double alpha, double scale)
    {
        var stored = TinyAdapters.Number(alpha).to(type);
        var module = _adapters.Module(TinyAdapters.Linear, ("lora_down.weight", TinyAdapters.Random(1, 4, 64)), ("lora_up.weight", TinyAdapters.Random(2, 32, 4)), ("alpha", hasDimension ? stored.reshape(1) : stored));

        Assert.Equal(scale, module.Scale);
    }

    [Fact]
    public void Scale_TensorOfThatName_OverridesAlpha()
    {
        var module = _adapters.Module(TinyAdapters.Linear, ("lora_down.weight", TinyAdapters.Random(1, 4, 64)), ("lora_up.weight", TinyAdapters.Random(2, 32, 4)), ("alpha", TinyAdapters.Number(2)), ("scale", TinyAdapters.Number(0.3)));

        Assert.Equal(0.3, module.Scale, 6);
    }

    [Fact]
    public void BiasDifference_BiasOfUpAndWholeOne_AddUpWithTheScaleOnTheFirst()
    {
        var (first, second) = (TinyAdapters.Random(3, 32), TinyAdapters.Random(4, 32));
        var module = _adapters.Module(TinyAdapters.Linear, ("lora_down.weight", TinyAdapters.Random(1, 4, 64)), ("lora_up.weight", TinyAdapters.Random(2, 32, 4)), ("alpha", TinyAdapters.Number(2)), ("lora_up.bias", first), ("diff_b", second));
        using var scope = NewDisposeScope();

        TensorAssert.Close(first * 0.5 + second, module.BiasDifference()!);
        Assert.True(module.ChangesBias);
        Assert.Null(module.Factors());          // thin parts have no place for a bias
    }

    [Theory]
    [InlineData(4, 64, 32, 3, "lora_up.weight")]
    [InlineData(4, 63, 32, 4, "lora_down.weight")]
    [InlineData(4, 64, 31, 4, "lora_up.weight")]
    [InlineData(0, 64, 32, 0, "lora_down.weight")]
    public void Create_FactorsThatDoNotFit_NamesTheKey(long rank, long inputs, long outputs, long columns, string kind)
    {
        var error = _adapters.Refused(TinyAdapters.Linear, ("lora_down.weight", TinyAdapters.Random(1, rank, inputs)), ("lora_up.weight", TinyAdapters.Random(2, outputs, columns)));

        Assert.EndsWith(kind, error.Key);
    }

    [Fact]
    public void Modules_Disposed_LeaveNoTensor()
    {
        using var scope = NewDisposeScope();
        var path = _adapters.Write(TinyAdapters.Keys(TinyAdapters.Linear, ("lora_down.weight", TinyAdapters.Random(1, 4, 64)), ("lora_up.weight", TinyAdapters.Random(2, 32, 4)), ("alpha", TinyAdapters.Number(2))));
        var before = ProcessWide.CountTensors();

        var file = LoraBridge.Lora.LoraFile.Open(path, TinyAdapters.Layers);
        Assert.Equal(before + 3, ProcessWide.CountTensors());
        file.Dispose();

        Assert.Equal(before, ProcessWide.CountTensors());
    }
}
