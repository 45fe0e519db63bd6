using LoraBridge.Checkpoints.Naming;
using LoraBridge.Diffusion.Models;
using LoraBridge.Lora.Formats;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LoraBridge.Lora;

/// <summary>The layers of a model that adapters can change, by name; built once for a model.</summary>
public sealed class ModelLayers
{
    // names and shapes alone: the layers are made without memory
    private static readonly Lazy<ModelLayers> s_sd15 = new(() => new(new UNet2DConditionModel(UNetConfig.Sd15), new ClipTextModel(ClipTextConfig.Sd15), CPU));

    private readonly Dictionary<ModuleName, WeightLayer> _layers = [];
    private readonly IReadOnlyDictionary<ModuleName, IReadOnlyList<long>>? _shapes;
    private readonly Lazy<LayerNames> _dottedNames;

    /// <summary>Walks a model's UNet and text encoder; they need not have their tensors yet.</summary>
    public ModelLayers(UNet2DConditionModel unet, ClipTextModel textEncoder, Device device)
    {
        Device = device;
        Add(ModelComponent.UNet, unet);
        Add(ModelComponent.TextEncoder, textEncoder);
        Names = KohyaNames.Of(Paths(ModelComponent.UNet), Paths(ModelComponent.TextEncoder));
        ContextWidth = unet.Config.ContextDim;
        _dottedNames = new(() => new(this));
    }

    /// <summary>Walks a model's UNet and text encoder.</summary>
    public ModelLayers(StableDiffusionModel model) : this(model.UNet, model.TextEncoder, model.Device)
    {
    }

    private ModelLayers(ModelLayers named, IReadOnlyDictionary<ModuleName, IReadOnlyList<long>> shapes, long contextWidth)
    {
        (Device, Names, ContextWidth, _dottedNames) = (named.Device, named.Names, contextWidth, named._dottedNames);
        _shapes = shapes;
    }

    /// <summary>The layers of Stable Diffusion 1, without weights: enough to read, inspect and write adapters.</summary>
    public static ModelLayers Sd15 => s_sd15.Value;

    /// <summary>Where the weights are.</summary>
    public Device Device { get; }

    /// <summary>What adapter files call the layers.</summary>
    public KohyaNames Names { get; }

    /// <summary>Width of the text embeddings that the UNet attends to: 768 in SD 1, 1024 in SD 2.</summary>
    public long ContextWidth { get; }

    /// <summary>The layers' names.</summary>
    public IReadOnlyCollection<ModuleName> All => _shapes is null ? _layers.Keys : [.. _shapes.Keys];

    /// <summary>A layer's weight shape, (out, in), (out, in, k, k) or (C); null where the model has no such layer.</summary>
    public IReadOnlyList<long>? Shape(ModuleName name) => _shapes is not null ? _shapes.GetValueOrDefault(name) : _layers.TryGetValue(name, out var layer) ? layer.WeightShape : null;

    /// <summary>The layers' names with dots, as diffusers and checkpoints have them.</summary>
    internal LayerNames DottedNames => _dottedNames.Value;

    /// <summary>The same names for layers of other sizes, as far as those are known; no network can be put on them.</summary>
    internal ModelLayers WithShapes(IReadOnlyDictionary<ModuleName, IReadOnlyList<long>> shapes, long contextWidth) => new(this, shapes, contextWidth);

    internal WeightLayer? Find(ModuleName name) => _layers.GetValueOrDefault(name);

    internal WeightLayer this[ModuleName name] => _layers[name];

    private IEnumerable<string> Paths(ModelComponent component) =>
        _layers.Keys.Where(name => name.Component == component).Select(name => name.Path);

    private void Add(ModelComponent component, Module module)
    {
        foreach (var (path, child) in module.named_modules())
            // tables of embeddings are looked up, not multiplied
            if (child is WeightLayer layer and not EmbeddingLayer) _layers.Add(new(component, path), layer);
    }
}
