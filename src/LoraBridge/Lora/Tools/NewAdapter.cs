using LoraBridge.Checkpoints;
using LoraBridge.Checkpoints.Naming;
using LoraBridge.Lora.Algorithms;
using LoraBridge.Lora.Formats;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraBridge.Lora.Tools;

/// <summary>
/// An adapter in the making. Its tensors are rounded to the type in which they will be stored, so that what is measured on them
/// holds for the file.
/// </summary>
/// <param name="layers">The layers that it is for.</param>
/// <param name="type">F16, BF16 or F32.</param>
internal sealed class NewAdapter(ModelLayers layers, TensorType type) : IDisposable
{
    private readonly List<LoraModule> _modules = [];
    private readonly ScalarType _type = TorchTypes.SameAs(type) is { } known && type is TensorType.F16 or TensorType.BF16 or TensorType.F32
        ? TorchTypes.SameAs(type)!.Value
        : throw new ArgumentException($"An adapter cannot be stored as {type}: use F16, BF16 or F32.", nameof(type));

    /// <summary>Its modules.</summary>
    public IReadOnlyList<LoraModule> Modules => _modules;

    /// <summary>What files call a layer.</summary>
    public string Stem(ModuleName target) => layers.Names.Stem(target);

    /// <summary>Adds a layer's change as two factors with scale 1.</summary>
    /// <param name="target">The layer.</param>
    /// <param name="factors">D = Up · Down, (out, r) and (r, in k k).</param>
    /// <param name="bias">What is added to the layer's bias, or null.</param>
    /// <returns>The factors as they are stored, rounding included; tensors of the caller's scope.</returns>
    public ThinMatrix Add(ModuleName target, ThinMatrix factors, Tensor? bias = null)
    {
        using var scope = NewDisposeScope();
        var shape = layers.Shape(target)!;
        var isConvolution = shape.Count == 4;
        var tensors = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        var down = Store(tensors, target, TensorKind.Down, isConvolution ? factors.Down.reshape([factors.Rank, .. shape.Skip(1)]) : factors.Down);
        var up = Store(tensors, target, TensorKind.Up, isConvolution ? factors.Up.unsqueeze(-1).unsqueeze(-1) : factors.Up);
        tensors[TensorKind.Alpha] = tensor((float)factors.Rank).DetachFromDisposeScope();
        if (bias is not null) Store(tensors, target, TensorKind.DifferenceOfBias, bias);
        _modules.Add(new LowRankModule(target, tensors, scale: 1));
        return new(up.flatten(start_dim: 1).to(float64).MoveToOuterDisposeScope(), down.flatten(start_dim: 1).to(float64).MoveToOuterDisposeScope());
    }

    /// <summary>Adds a layer's change as it is.</summary>
    /// <param name="target">The layer.</param>
    /// <param name="difference">Of the shape of the layer's weight; null when the bias alone changes.</param>
    /// <param name="bias">What is added to the layer's bias, or null.</param>
    /// <returns>The difference as it is stored, in float64; null without one.</returns>
    public Tensor? AddWhole(ModuleName target, Tensor? difference, Tensor? bias)
    {
        using var scope = NewDisposeScope();
        var isNorm = layers.Shape(target)!.Count == 1;
        var tensors = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        var stored = difference is null ? null : Store(tensors, target, isNorm ? TensorKind.NormWeight : TensorKind.Difference, difference);
        if (bias is not null) Store(tensors, target, isNorm ? TensorKind.NormBias : TensorKind.DifferenceOfBias, bias);
        var module = new ModuleTensors("(new)", Stem(target), target, layers.Shape(target)!, tensors);
        _modules.Add(isNorm ? DifferenceModule.Norm(module) : DifferenceModule.Full(module));
        return stored?.to(float64).MoveToOuterDisposeScope();
    }

    /// <summary>Writes the adapter, with its ranks in the metadata.</summary>
    /// <param name="path">The file, or the folder.</param>
    /// <param name="layout">How keys are spelled.</param>
    /// <param name="metadata">All but ranks and hashes.</param>
    /// <param name="others">Modules of others that are written along.</param>
    public IReadOnlyList<SavedLora> Save(string path, LoraLayout layout, IReadOnlyDictionary<string, string> metadata, IEnumerable<LoraModule>? others = null)
    {
        LoraModule[] modules = [.. _modules, .. others ?? []];
        var all = metadata.Where(pair => !pair.Key.StartsWith("sshs_", StringComparison.Ordinal)).ToDictionary(StringComparer.Ordinal);
        // one rank for convolutions and another for the rest is what trainers call a dimension and an argument, not dynamic
        if (Dimension(modules, wide: false) is { } dimension) (all["ss_network_dim"], all["ss_network_alpha"]) = (dimension, dimension);
        if (Dimension(modules, wide: true) is { } kernels) all["ss_network_args"] = $$"""{"conv_dim": "{{kernels}}", "conv_alpha": "{{kernels}}"}""";
        else all.Remove("ss_network_args");
        all["ss_network_module"] = "networks.lora";
        var file = LoraFile.Of(layers, modules, all);                           // the modules stay ours
        return file.Save(path, new() { Layout = layout, Type = type, Metadata = all });
    }

    /// <summary>Gives the tensors' memory back.</summary>
    public void Dispose()
    {
        foreach (var module in _modules) module.Dispose();
        _modules.Clear();
    }

    private string? Dimension(IEnumerable<LoraModule> modules, bool wide)
    {
        var ranks = modules.Where(module => module.Rank is not null && layers.Shape(module.Target) is [_, _, > 1, _] == wide).Select(module => module.Rank!.Value).ToHashSet();
        return ranks.Count == 0 ? null : ranks.Count == 1 ? ranks.Single().ToString() : "Dynamic";
    }

    private Tensor Store(Dictionary<string, Tensor> tensors, ModuleName target, string kind, Tensor value)
    {
        var stored = value.detach().to(_type).cpu().contiguous();
        if (!stored.isfinite().all().ToBoolean())
        {
            throw value.isfinite().all().ToBoolean()
                ? new ArgumentException($"'{Stem(target)}.{kind}' reaches {value.abs().max().ToDouble():g3}, which is too large for {type}: save as bfloat16 or float32.")
                : new ArgumentException($"'{Stem(target)}.{kind}' holds values that are not finite: one of the files is damaged, or its training broke down.");
        }
        // of our own, whatever became of the caller's
        tensors.Add(kind, (stored.Handle == value.Handle ? stored.clone() : stored).DetachFromDisposeScope());
        return tensors[kind];
    }
}
