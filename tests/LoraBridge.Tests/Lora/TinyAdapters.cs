using LoraBridge.Checkpoints;
using LoraBridge.Checkpoints.Naming;
using LoraBridge.Diffusion.Models;
using LoraBridge.Lora;
using LoraBridge.Tests.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Lora;

/// <summary>Adapter files for the tiny model, put together by hand and read as any file is.</summary>
internal sealed class TinyAdapters : IDisposable
{
    private static readonly Lazy<ModelLayers> s_layers = new(() => new(new UNet2DConditionModel(UNetConfig.Tiny), new ClipTextModel(ClipTextConfig.Tiny), CPU));

    private readonly TemporaryFolder _folder = new();
    private readonly List<LoraFile> _files = [];
    private readonly DisposeScope _scope = NewDisposeScope();

    /// <summary>The tiny model's layers, without weights.</summary>
    public static ModelLayers Layers => s_layers.Value;

    /// <summary>(32, 64)</summary>
    public static ModuleName Linear { get; } = new(ModelComponent.UNet, "input_blocks.1.1.transformer_blocks.0.attn2.to_k");

    /// <summary>(32, 32)</summary>
    public static ModuleName Square { get; } = new(ModelComponent.UNet, "input_blocks.1.1.transformer_blocks.0.attn1.to_q");

    /// <summary>(64, 32, 3, 3)</summary>
    public static ModuleName Convolution { get; } = new(ModelComponent.UNet, "input_blocks.4.0.in_layers.2");

    /// <summary>(32, 32, 1, 1)</summary>
    public static ModuleName Pointwise { get; } = new(ModelComponent.UNet, "input_blocks.1.1.proj_in");

    /// <summary>(32)</summary>
    public static ModuleName Norm { get; } = new(ModelComponent.UNet, "input_blocks.1.0.in_layers.0");

    /// <summary>(256, 64)</summary>
    public static ModuleName Text { get; } = new(ModelComponent.TextEncoder, "text_model.encoder.layers.0.mlp.fc1");

    /// <summary>Random numbers, the same for the same seed and shape.</summary>
    public static Tensor Random(int seed, params long[] shape)
    {
        var random = new Random(seed);
        var values = Enumerable.Range(0, (int)shape.Aggregate(1L, (a, b) => a * b)).Select(_ => (float)(random.NextDouble() * 2 - 1)).ToArray();
        return tensor(values, shape, dtype: float32);
    }

    /// <summary>A number without dimensions.</summary>
    public static Tensor Number(double value, ScalarType type = ScalarType.Float32) => tensor(value, dtype: type);

    /// <summary>A weight for a layer.</summary>
    public static Tensor Weight(ModuleName name) => Random(99, [.. Layers.Shape(name)!]);

    /// <summary>A place for a file.</summary>
    public string File(string name) => _folder.File(name);

    /// <summary>Writes a file of tensors.</summary>
    public string Write(IReadOnlyDictionary<string, Tensor> tensors, IReadOnlyDictionary<string, string>? metadata = null, string name = "adapter.safetensors")
    {
        Directory.CreateDirectory(Path.GetDirectoryName(File(name))!);
        SafetensorsWriter.Write(File(name), tensors, metadata);
        return File(name);
    }

    /// <summary>Writes and reads a file of one module in the kohya layout.</summary>
    public LoraModule Module(ModuleName target, params (string Kind, Tensor Tensor)[] tensors) => Assert.Single(Read(Keys(target, tensors)).Modules);

    /// <summary>Writes and reads a file.</summary>
    public LoraFile Read(IReadOnlyDictionary<string, Tensor> tensors, IReadOnlyDictionary<string, string>? metadata = null) => Open(Write(tensors, metadata));

    /// <summary>Reads a file or folder.</summary>
    public LoraFile Open(string path)
    {
        var file = LoraFile.Open(path, Layers);
        _files.Add(file);
        return file;
    }

    /// <summary>The error that reading a file of one module ends with.</summary>
    public LoraMismatchException Refused(ModuleName target, params (string Kind, Tensor Tensor)[] tensors)
    {
        var path = Write(Keys(target, tensors));
        return Assert.Throws<LoraMismatchException>(() => LoraFile.Open(path, Layers));
    }

    /// <summary>Keys of a module in the kohya layout.</summary>
    public static Dictionary<string, Tensor> Keys(ModuleName target, params (string Kind, Tensor Tensor)[] tensors) => Keys(Layers.Names, target, tensors);

    /// <summary>The same for another model.</summary>
    public static Dictionary<string, Tensor> Keys(KohyaNames names, ModuleName target, params (string Kind, Tensor Tensor)[] tensors) =>
        tensors.ToDictionary(row => $"{names.Stem(target)}.{row.Kind}", row => row.Tensor);

    /// <summary>Compares a module's difference with a formula over outputs, inputs and positions of the kernel.</summary>
    public static void CheckDifference(LoraModule module, Func<long, long, long, double> expected, double limit = 2e-5)
    {
        using var scope = NewDisposeScope();
        var weight = Weight(module.Target);
        var difference = module.WeightDifference(weight);
        Assert.Equal(weight.shape, difference.shape);
        var actual = new Plain(difference);
        var (outputs, inputs, kernel) = (weight.shape[0], weight.dim() > 1 ? weight.shape[1] : 1, weight.dim() > 2 ? weight.shape[2] * weight.shape[3] : 1);
        for (var o = 0L; o < outputs; o++)
            for (var i = 0L; i < inputs; i++)
                for (var k = 0L; k < kernel; k++)
                {
                    var (is_, want) = (actual.Values[(o * inputs + i) * kernel + k], expected(o, i, k));
                    Assert.True(Math.Abs(is_ - want) <= limit * Math.Max(1, Math.Abs(want)), $"[{o}, {i}, {k}] is {is_} and should be {want}");
                }
        if (module.Factors() is not { } factors) return;
        TensorAssert.Close(difference, factors.Up.mm(factors.Down.flatten(start_dim: 1)).reshape(weight.shape), limit, "the thin form");
    }

    public void Dispose()
    {
        foreach (var file in _files) file.Dispose();
        _scope.Dispose();
        _folder.Dispose();
    }
}

/// <summary>A tensor's numbers as doubles, for computing by hand.</summary>
internal sealed class Plain
{
    private readonly long[] _shape;

    public Plain(Tensor tensor)
    {
        using var scope = NewDisposeScope();
        _shape = tensor.shape;
        Values = tensor.detach().to(float64).contiguous().flatten().data<double>().ToArray();
    }

    public double[] Values { get; }

    public double this[params ReadOnlySpan<long> at]
    {
        get
        {
            var index = 0L;
            for (var i = 0; i < at.Length; i++) index = index * _shape[i] + at[i];
            return Values[index];
        }
    }

    /// <summary>Σ over a range.</summary>
    public static double Sum(long count, Func<long, double> term)
    {
        var sum = 0.0;
        for (var i = 0L; i < count; i++) sum += term(i);
        return sum;
    }
}
