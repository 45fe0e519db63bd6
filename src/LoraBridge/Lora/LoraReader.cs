using LoraBridge.Checkpoints;
using LoraBridge.Checkpoints.Naming;
using LoraBridge.Lora.Formats;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraBridge.Lora;

/// <summary>Reads an adapter's files for a model's layers.</summary>
internal sealed class LoraReader
{
    private const int ShownKeys = 10;
    private const string OtherFamily = "Use an adapter that was trained for this model's family.";

    private const string FirstConvolution = "model.diffusion_model.input_blocks.0.0.weight";

    private readonly string _path;
    private readonly ModelLayers _layers;
    private readonly List<LoraModule> _modules = [];
    private readonly Dictionary<ModuleName, string> _read = [];
    private readonly List<string> _unmatched = [], _nonFinite = [], _warnings = [];
    private readonly Dictionary<string, int> _layouts = new(StringComparer.Ordinal);
    private readonly HashSet<string> _types = new(StringComparer.Ordinal);
    private readonly Dictionary<string, IReadOnlyList<string>> _embeddings = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _metadata = new(StringComparer.Ordinal);
    private int _assumedScales;

    private LoraReader(string path, ModelLayers layers)
    {
        _path = path;
        _layers = layers;
    }

    /// <summary>Reads a file or folder; the tensors are in no scope.</summary>
    public static LoraFile Read(string path, ModelLayers layers)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using var scope = NewDisposeScope();
        var reader = new LoraReader(path, layers);
        foreach (var source in AdapterSources.Of(path)) reader.Add(source);
        var file = new LoraFile(layers, reader._modules, reader.Report());
        foreach (var tensor in reader._modules.SelectMany(module => module.Tensors.Values)) tensor.DetachFromDisposeScope();
        return file;
    }

    private void Add(AdapterSource source)
    {
        using var file = CheckpointFile.Open(source.Path);
        foreach (var (key, value) in file.Metadata) _metadata[key] = value;
        if (ForeignFamily.OfKeys(file.Tensors, _layers.ContextWidth) is var (foreign, other))
            throw new LoraMismatchException(source.Path, foreign, $"shows that the adapter was made for {other}", OtherFamily);
        // its weights would be taken for those of IA3, and the error would speak of one of them
        if (file.Tensors.ContainsKey(FirstConvolution))
            throw new LoraMismatchException(source.Path, FirstConvolution, "shows that this is a whole checkpoint, no adapter", "Give an adapter's file, or make one of the checkpoint with 'lorabridge lora extract'.");
        var sorted = NumberedKeys.AreIn(file) ? NumberedKeys.Sort(file, _layers) : SortedKeys.Of(file.Tensors.Keys, _layers, source.Path);
        _unmatched.AddRange(sorted.Unmatched);
        foreach (var (name, keys) in sorted.Embeddings) _embeddings[name] = keys;
        foreach (var keys in sorted.Layers) Add(file, keys, source.Config);
        if (_modules.Count == 0 && sorted.Embeddings.Count == 0)
        {
            var family = ForeignFamily.OfRemarks(file.Metadata, _layers.ContextWidth) is { } told ? $"; its remarks say that it was made for {told}" : "";
            throw new LoraMismatchException(source.Path, file.Tensors.Keys.FirstOrDefault() ?? "(no tensors)", $"and no other key stands for a layer of the model{family}", OtherFamily);
        }
        if (source.Config is { HasBiases: true })
            _warnings.Add("The adapter's settings say that biases were trained along with it; whole biases are not applied.");
    }

    private void Add(CheckpointFile file, LayerKeys keys, AdapterConfig? config)
    {
        var target = keys.Layer.Module;
        if (_read.TryGetValue(target, out var other))
            throw new LoraMismatchException(file.Path, keys.Stem, $"stands for a layer that '{other}' changes already", "Keep one file for each network in the folder.");
        var tensors = keys.ByKind.ToDictionary(pair => pair.Key, pair => Read(file, pair.Key, pair.Value));
        var module = new ModuleTensors(file.Path, keys.Stem, target, _layers.Shape(target)!, tensors) { ScaleOfRank = ScaleOfRank(file, target, config) };
        var created = ModuleFactory.Create(tensors.Keys, module);
        _unmatched.AddRange((created is null ? tensors.Keys : module.Left).Select(kind => keys.ByKind[kind]));
        if (created is null) return;

        _modules.Add(created);
        _read[target] = keys.Stem;
        _layouts[keys.Layer.Layout] = _layouts.GetValueOrDefault(keys.Layer.Layout) + 1;
        if (module.AssumedScale && !keys.Layer.HasAlpha) _assumedScales++;
    }

    private Tensor Read(CheckpointFile file, string kind, string key)
    {
        var tensor = file.Read(key);
        _types.Add(file.Tensors[key].Type.FormatName());
        if (!tensor.is_floating_point() && !TensorKind.IsNumber(kind))
            throw new LoraMismatchException(file.Path, key, $"is of type {file.Tensors[key].Type.FormatName()}, not of fractions", "Save the adapter as F16 or F32.");
        if (tensor.is_floating_point() && !AllFinite(tensor)) _nonFinite.Add(key);
        return tensor.to(_layers.Device);
    }

    private static bool AllFinite(Tensor tensor)
    {
        using var scope = NewDisposeScope();
        return tensor.isfinite().all().ToBoolean();
    }

    private Func<long, double>? ScaleOfRank(CheckpointFile file, ModuleName target, AdapterConfig? config)
    {
        if (config is null && file.Metadata.TryGetValue(AdapterConfig.MetadataKey, out var json))
            config = AdapterConfig.OfMetadata(json, target.Component == ModelComponent.UNet ? "unet" : "text_encoder");
        if (config is null) return null;
        var path = _layers.DottedNames.Diffusers(target);
        return rank => config.Scale(path, rank);
    }

    private LoraReport Report()
    {
        if (_unmatched.Count > 0)
            _warnings.Add($"{_unmatched.Count} of the keys stand for nothing in this model and are not applied: {string.Join(", ", _unmatched.Take(ShownKeys))}{(_unmatched.Count > ShownKeys ? ", …" : ".")}");
        if (_assumedScales > 0)
            _warnings.Add($"{_assumedScales} modules carry no alpha and the file no settings: their scale is taken to be 1, which is wrong if alpha was not the rank in training.");
        if (_layouts.Count > 1)
            _warnings.Add($"The keys are spelled in {_layouts.Count} ways: {string.Join(", ", _layouts.Keys)}.");
        if (_nonFinite.Count > 0)
            _warnings.Add($"{_nonFinite.Count} tensors hold NaN or infinity, the first of them {_nonFinite[0]}: the adapter cannot be used.");
        var report = ReportBuilder.Of(_path, _modules);
        if (report.DoraNorm is { } norm)
            _warnings.Add($"DoRA's magnitudes were taken as lengths of {norm}; programs differ in this, so that a picture elsewhere may look different.");
        return report with
        {
            Layouts = [.. _layouts.OrderByDescending(pair => pair.Value).Select(pair => pair.Key)],
            Types = [.. _types.Order(StringComparer.Ordinal)],
            UnmatchedKeys = _unmatched,
            NonFiniteKeys = _nonFinite,
            Embeddings = _embeddings,
            Warnings = _warnings,
            Metadata = _metadata,
        };
    }
}
