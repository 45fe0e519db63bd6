using LoraBridge.Checkpoints;
using LoraBridge.Checkpoints.Naming;
using LoraBridge.Lora;
using LoraBridge.Lora.Formats;
using LoraBridge.Lora.Tools;
using LoraBridge.Tests.Goldens;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Lora.Tools;

/// <summary>Adapters for the small golden model: those of the goldens, and others made up here.</summary>
internal static class ToolAdapters
{
    private static readonly string s_folder = Path.Combine(GoldenFolders.Fixtures, "goldens", "sd15-tiny");

    /// <summary>The model.</summary>
    public static string Model => Path.Combine(s_folder, "model.safetensors");

    /// <summary>Rank 4, alpha 2, F16, UNet and text encoder.</summary>
    public static string Linear => Path.Combine(s_folder, "lora-linear.safetensors");

    /// <summary>Rank 4, alpha 4, 3x3 convolutions rank 4 with alpha 1, F32.</summary>
    public static string Locon => Path.Combine(s_folder, "lora-locon.safetensors");

    /// <summary>A square linear layer, (64, 64): there is one in the text encoder.</summary>
    public static ModuleName Text { get; } = new(ModelComponent.TextEncoder, "text_model.encoder.layers.0.self_attn.q_proj");

    /// <summary>A linear layer of the UNet, (32, 32).</summary>
    public static ModuleName Query { get; } = new(ModelComponent.UNet, "input_blocks.1.1.transformer_blocks.0.attn1.to_q");

    /// <summary>A 3x3 convolution, (64, 32, 3, 3).</summary>
    public static ModuleName Convolution { get; } = new(ModelComponent.UNet, "input_blocks.4.0.in_layers.2");

    /// <summary>A norm, (32).</summary>
    public static ModuleName Norm { get; } = new(ModelComponent.UNet, "input_blocks.1.1.transformer_blocks.0.norm1");

    /// <summary>Writes an adapter of modules of any algorithm, in F32.</summary>
    public static string Write(string path, BaseCheckpoint model, params (ModuleName Target, Dictionary<string, Tensor> Tensors)[] modules) =>
        Write(path, model, new Dictionary<string, string>(), modules);

    public static string Write(string path, BaseCheckpoint model, IReadOnlyDictionary<string, string> metadata, params (ModuleName Target, Dictionary<string, Tensor> Tensors)[] modules)
    {
        using var file = LoraFile.Of(model.Layers, [.. modules.Select(module => Module(model.Layers, module.Target, module.Tensors))], metadata);
        file.Save(path, new() { Type = TensorType.F32 });
        return path;
    }

    /// <summary>Plain factors of a rank, with their alpha.</summary>
    public static Dictionary<string, Tensor> LoRA(BaseCheckpoint model, ModuleName target, int rank, double alpha, ulong seed = 1)
    {
        using var random = new Generator(seed);
        var shape = model.Layers.Shape(target)!;
        return new()
        {
            [TensorKind.Down] = Values(random, [rank, .. shape.Skip(1)]),
            [TensorKind.Up] = Values(random, shape.Count == 4 ? [shape[0], rank, 1, 1] : [shape[0], rank]),
            [TensorKind.Alpha] = Own(tensor((float)alpha)),
        };
    }

    /// <summary>A LoHa of a rank, too large to be a thin product.</summary>
    public static Dictionary<string, Tensor> LoHa(BaseCheckpoint model, ModuleName target, int rank)
    {
        using var random = new Generator(7);
        var shape = model.Layers.Shape(target)!;
        var inputs = shape.Skip(1).Aggregate(1L, (a, b) => a * b);
        return new()
        {
            [TensorKind.HadaW1A] = Values(random, [shape[0], rank]),
            [TensorKind.HadaW1B] = Values(random, [rank, inputs]),
            [TensorKind.HadaW2A] = Values(random, [shape[0], rank]),
            [TensorKind.HadaW2B] = Values(random, [rank, inputs]),
            [TensorKind.Alpha] = Own(tensor((float)rank)),
        };
    }

    /// <summary>A tensor that belongs to no scope, as modules have them.</summary>
    public static Tensor Own(Tensor tensor) => tensor.DetachFromDisposeScope();

    /// <summary>The changes that a file makes to each layer, of the caller's scope.</summary>
    public static Dictionary<ModuleName, Tensor> Differences(string path, BaseCheckpoint model)
    {
        using var file = LoraFile.Open(path, model.Layers);
        return file.Modules.Where(module => module.ChangesWeight).ToDictionary(module => module.Target, module => module.WeightDifference(model.Weight(module.Target)));
    }

    /// <summary>‖a − b‖ / ‖a‖ over all layers.</summary>
    public static double Error(Dictionary<ModuleName, Tensor> expected, Dictionary<ModuleName, Tensor> actual)
    {
        using var scope = NewDisposeScope();
        Assert.Equal(expected.Keys.OrderBy(name => name.Path), actual.Keys.OrderBy(name => name.Path));
        var errors = expected.Sum(pair => Math.Pow((pair.Value.to(float64) - actual[pair.Key].to(float64)).norm().ToDouble(), 2));
        return Math.Sqrt(errors / expected.Values.Sum(value => Math.Pow(value.to(float64).norm().ToDouble(), 2)));
    }

    private static LoraModule Module(ModelLayers layers, ModuleName target, Dictionary<string, Tensor> tensors) =>
        ModuleFactory.Create(tensors.Keys, new ModuleTensors("(test)", layers.Names.Stem(target), target, layers.Shape(target)!, tensors))!;

    private static Tensor Values(Generator random, long[] shape) => Own(randn(shape, generator: random) * 0.1f);
}
