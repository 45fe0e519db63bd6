using System.Globalization;
using LoraBridge.Checkpoints.Naming;
using LoraBridge.Diffusion.Models;
using LoraBridge.Diffusion.Text;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraBridge.Lora;

/// <summary>
/// The adapters that act on a model at present: the same for all pictures of a batch, or others for each. It belongs to one
/// thread at a time, like the model; taking the adapters off leaves the model as it was, bit for bit.
/// </summary>
public sealed class LoraMixer : IDisposable
{
    private readonly StableDiffusionModel _model;
    private readonly List<LayerChange> _changes = [];
    private readonly List<Tensor> _merged = [];
    private IReadOnlyList<LoraBlend> _pictures = [LoraBlend.Base];
    private (IReadOnlyList<LoraBlend> Pictures, LoraPlacement Placement)? _asked;
    private double _fraction;
    private int _textPicture;

    /// <summary>Begins without adapters.</summary>
    public LoraMixer(StableDiffusionModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        _model = model;
        Layers = new(model);
    }

    /// <summary>The model's layers, by which adapters are read.</summary>
    public ModelLayers Layers { get; }

    /// <summary>How the adapters act: merged or live.</summary>
    public LoraPlacement Placement { get; private set; } = LoraPlacement.Live;

    /// <summary>Puts adapters on, in place of those that were on before.</summary>
    /// <param name="pictures">One blend for every picture of a batch, or one for all of them.</param>
    /// <param name="placement">Merged, live, or what suits.</param>
    /// <exception cref="ArgumentException">
    /// There is no blend, an adapter was read for another model, or adapters shall be merged whose weights differ between pictures or steps.
    /// </exception>
    public void Set(IReadOnlyList<LoraBlend> pictures, LoraPlacement placement = LoraPlacement.Automatic)
    {
        ArgumentNullException.ThrowIfNull(pictures);
        if (pictures.Count == 0) throw new ArgumentException("There must be a blend for the pictures, if only the empty one.", nameof(pictures));
        // a job that comes batch by batch names the same adapters every time
        if (_asked is { } asked && asked.Placement == placement && AreSame(asked.Pictures, pictures)) return;
        Clear();
        using var frozen = no_grad();
        try
        {
            foreach (var (layer, parts) in Parts(pictures)) _changes.Add(new(layer, parts));
            _pictures = pictures;
            Placement = Choose(placement);
            _asked = (pictures, placement);
            foreach (var change in _changes) change.Layer.Adapted = Placement == LoraPlacement.Merged ? Merge(change) : Live(change);
        }
        catch
        {
            Clear();
            throw;
        }
    }

    /// <summary>Takes all adapters off.</summary>
    public void Clear()
    {
        foreach (var change in _changes)
        {
            change.Layer.Adapted = null;
            change.Dispose();
        }
        foreach (var tensor in _merged) tensor.Dispose();
        _changes.Clear();
        _merged.Clear();
        _pictures = [LoraBlend.Base];
        (_fraction, _textPicture, _asked, Placement) = (0, 0, null, LoraPlacement.Live);
    }

    /// <summary>Says how much of the run is done before a call of the UNet, for weights that change on the way.</summary>
    /// <param name="fraction">0 at the first call, below 1.</param>
    public void BeginCall(double fraction) => _fraction = fraction;

    /// <summary>Says whose prompt the text encoder is given next.</summary>
    /// <param name="picture">A picture's number in the batch.</param>
    public void BeginText(int picture) => _textPicture = Math.Min(picture, _pictures.Count - 1);

    /// <summary>What the text encoder's states depend on besides the prompt: pictures of equal text share their conditioning.</summary>
    /// <param name="picture">A picture's number in the batch.</param>
    /// <returns>Empty for the base model's text encoder.</returns>
    public string TextState(int picture)
    {
        var acting =
            from use in _pictures[Math.Min(picture, _pictures.Count - 1)].Loras
            let weight = TextWeight(use)
            where weight != 0 && use.Network.TextModules > 0
            select string.Create(CultureInfo.InvariantCulture, $"{use.Network.Id}:{weight:R}:{use.Tag.DynamicRank}");
        return string.Join(' ', acting.Order(StringComparer.Ordinal));
    }

    /// <summary>Takes the adapters off; the model and the adapters belong to others.</summary>
    public void Dispose() => Clear();

    private static bool AreSame(IReadOnlyList<LoraBlend> one, IReadOnlyList<LoraBlend> other) =>
        one.Count == other.Count && one.Zip(other).All(pair => pair.First.Loras.SequenceEqual(pair.Second.Loras));

    private static double TextWeight(LoraUse use) => use.Tag.TextWeight * use.Tag.Blocks.Base;

    private IEnumerable<(WeightLayer Layer, List<LayerPart> Parts)> Parts(IReadOnlyList<LoraBlend> pictures)
    {
        var parts = new Dictionary<(LoraModule Module, int? DynamicRank), LayerPart>();
        var byLayer = new Dictionary<ModuleName, List<LayerPart>>();
        foreach (var (picture, blend) in pictures.Index())
        {
            foreach (var use in blend.Loras)
            {
                if (use.Network.Layers != Layers)
                    throw new ArgumentException($"{use.Network.Path} was read for another model: read it again for this one.", nameof(pictures));
                foreach (var module in use.Network.Modules)
                {
                    var text = module.Target.Component == ModelComponent.TextEncoder;
                    var weight = text ? TextWeight(use) : use.Tag.UNetWeight * BlockNames.Weight(use.Tag.Blocks, module.Target);
                    if (weight == 0) continue;
                    if (!parts.TryGetValue((module, use.Tag.DynamicRank), out var part))
                    {
                        parts[(module, use.Tag.DynamicRank)] = part = new(module, use.Tag.DynamicRank, pictures.Count);
                        if (!byLayer.TryGetValue(module.Target, out var list)) byLayer[module.Target] = list = [];
                        list.Add(part);
                    }
                    // the text encoder runs before the first step: a schedule has no meaning there
                    part.Add(picture, weight, text ? WeightSchedule.Constant : use.Tag.Schedule);
                }
            }
        }
        return byLayer.Select(pair => (Layers[pair.Key], pair.Value));
    }

    private LoraPlacement Choose(LoraPlacement placement)
    {
        var uniform = _changes.TrueForAll(change => change.IsUniform);
        if (placement == LoraPlacement.Merged && !uniform)
            throw new ArgumentException("Adapters whose weights differ between pictures or steps cannot be merged: let them act live.", nameof(placement));
        if (placement != LoraPlacement.Automatic) return placement;
        // on a CPU the products beside the layers are a few per cent of a step, while merging takes as long as a small picture's step
        return uniform && (_model.Device.type != DeviceType.CPU || !_changes.TrueForAll(change => change.IsThin)) ? LoraPlacement.Merged : LoraPlacement.Live;
    }

    private Func<Tensor, Tensor> Live(LayerChange change) => change.IsText
        ? x => change.Output(x, 0, _textPicture)
        : x => change.Output(x, _fraction, _pictures.Count == 1 ? 0 : null);

    private Func<Tensor, Tensor> Merge(LayerChange change)
    {
        var layer = change.Layer;
        var (weight, bias) = change.Merged(change.IsText ? _model.TextEncoder.ComputeType : _model.UNet.ComputeType);
        _merged.Add(weight);
        if (bias is not null) _merged.Add(bias);
        change.Dispose();
        return x => layer.With(x, weight, bias);
    }
}
