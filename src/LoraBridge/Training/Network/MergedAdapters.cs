using LoraBridge.Diffusion.Models;
using LoraBridge.Lora;
using LoraBridge.Training.Settings;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace LoraBridge.Training.Network;

/// <summary>Adapters that are merged into a model's weights, for runs that train on top of them: on copies of the weights, where others use the model too.</summary>
internal sealed class MergedAdapters : IDisposable
{
    private readonly Dictionary<WeightLayer, (Parameter? Weight, Parameter? Bias)> _others = [];
    private readonly List<Parameter> _copies = [];
    private bool _isOn = true;

    private MergedAdapters()
    {
    }

    /// <summary>Merges into copies of the weights, which stand in the layers' place; disposed, it leaves the model as it was, bit for bit.</summary>
    /// <inheritdoc cref="Merge(StableDiffusionModel, BaseModelOptions)"/>
    public static MergedAdapters MergeBeside(StableDiffusionModel model, BaseModelOptions options)
    {
        var merged = new MergedAdapters();
        try
        {
            Merge(model, options, merged.Copy);
            return merged;
        }
        catch
        {
            merged.Dispose();
            throw;
        }
    }

    /// <summary>Changes the model's weights, by one adapter after another; the result of the run does not hold these changes.</summary>
    /// <param name="model">The model, on whose layers no adapter acts.</param>
    /// <param name="options">The files, and how strongly each acts: 1 where there is no number.</param>
    /// <exception cref="LoraMismatchException">A file is no adapter for the model, or holds NaN or infinity.</exception>
    public static void Merge(StableDiffusionModel model, BaseModelOptions options) => Merge(model, options, _ => { });

    /// <summary>Gives the layers their own weights back until the result is disposed.</summary>
    public IDisposable Rest() => new Pause(this);

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_isOn) Exchange();
        foreach (var copy in _copies) copy.Dispose();
        _copies.Clear();
        _others.Clear();
    }

    private static void Merge(StableDiffusionModel model, BaseModelOptions options, Action<WeightLayer> begin)
    {
        if (options.MergedWeights.Count == 0) return;
        var layers = new ModelLayers(model);
        using var frozen = no_grad();
        foreach (var (number, path) in options.MergedWeights.Index())
        {
            using var file = LoraFile.Open(path, layers);
            if (file.Report.NonFiniteKeys.Count > 0)
                throw new LoraMismatchException(path, file.Report.NonFiniteKeys[0], "holds NaN or infinity", "Leave the file out of model.mergedWeights, or merge an earlier checkpoint.");
            var weight = number < options.MergedWeightMultipliers.Count ? options.MergedWeightMultipliers[number] : 1;
            foreach (var module in file.Modules)
            {
                if (layers.Find(module.Target) is not { } layer) continue;
                begin(layer);
                Add(layer, module, weight);
            }
        }
    }

    private void Copy(WeightLayer layer)
    {
        if (_others.ContainsKey(layer)) return;
        _others.Add(layer, layer.Exchange((Copied(layer.Weight), layer.Bias is { } bias ? Copied(bias) : null)));
    }

    private Parameter Copied(Parameter own)
    {
        var copy = new Parameter(own.detach().clone(), requires_grad: false);
        copy.DetachFromDisposeScope();
        _copies.Add(copy);
        return copy;
    }

    private void Exchange()
    {
        foreach (var layer in _others.Keys.ToList()) _others[layer] = layer.Exchange(_others[layer]);
        _isOn = !_isOn;
    }

    private static void Add(WeightLayer layer, LoraModule module, double weight)
    {
        using var scope = NewDisposeScope();
        if (module.ChangesWeight)
        {
            var own = layer.Weight.to(float32);
            layer.Weight.copy_(own.add(module.WeightDifference(own).view(own.shape), weight));
        }
        if (module.BiasDifference() is { } difference && layer.Bias is { } bias) bias.copy_(bias.to(float32).add(difference.to(float32), weight));
    }

    private sealed class Pause : IDisposable
    {
        private readonly MergedAdapters _merged;

        public Pause(MergedAdapters merged)
        {
            _merged = merged;
            merged.Exchange();
        }

        public void Dispose() => _merged.Exchange();
    }
}
