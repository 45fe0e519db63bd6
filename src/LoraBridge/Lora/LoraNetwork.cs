using LoraBridge.Checkpoints;
using LoraBridge.Checkpoints.Naming;
using LoraBridge.Diffusion.Models;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraBridge.Lora;

/// <summary>
/// An adapter file's modules, found on a model's layers. It acts on the model while it is attached (added to the layers'
/// outputs) or merged (added to their weights); several may act at once.
/// </summary>
public sealed class LoraNetwork : IDisposable
{
    private readonly Dictionary<ModuleName, WeightLayer> _layers;
    private readonly List<LoraModule> _modules;

    private LoraNetwork(Dictionary<ModuleName, WeightLayer> layers, List<LoraModule> modules, IReadOnlyList<string> unknownKeys)
    {
        _layers = layers;
        _modules = modules;
        UnknownKeys = unknownKeys;
    }

    /// <summary>Keys of the file that stand for nothing in the model.</summary>
    public IReadOnlyList<string> UnknownKeys { get; }

    /// <summary>How many of the UNet's layers it changes.</summary>
    public int UNetModules => _modules.Count(module => module.Target.Component == ModelComponent.UNet);

    /// <summary>How many of the text encoder's layers it changes.</summary>
    public int TextModules => _modules.Count(module => module.Target.Component == ModelComponent.TextEncoder);

    /// <summary>Reads an adapter file in kohya's layout (linear, 1x1 and 3x3 convolutions, CP) for a model.</summary>
    /// <exception cref="CheckpointFormatException">The file is damaged.</exception>
    /// <exception cref="LoraMismatchException">A module is incomplete or of another shape, or none fits the model.</exception>
    public static LoraNetwork Load(string path, StableDiffusionModel model)
    {
        using var scope = NewDisposeScope();
        using var file = CheckpointFile.Open(path);
        var layers = Layers(model);
        var names = KohyaNames.Of(
            layers.Keys.Where(name => name.Component == ModelComponent.UNet).Select(name => name.Path),
            layers.Keys.Where(name => name.Component == ModelComponent.TextEncoder).Select(name => name.Path));

        var modules = new List<LoraModule>();
        var unknown = new List<string>();
        foreach (var group in file.Tensors.Keys.GroupBy(key => key.Split('.', 2)[0]))
        {
            if (names.Find(group.Key) is { } name && layers.TryGetValue(name, out var layer))
                modules.Add(Read(file, group.Key, [.. group], name, layer, model.Device, unknown));
            else
                unknown.AddRange(group);
        }
        if (modules.Count == 0)
            throw new LoraMismatchException(path, unknown.FirstOrDefault() ?? "", "and no other key stands for a layer of the model", "Use an adapter that was trained for this model's family.");
        return new(layers, modules, unknown);
    }

    /// <summary>Adds the modules' outputs to the layers' outputs from now on; the weights stay as they are.</summary>
    /// <param name="unetWeight">Factor for the UNet's layers.</param>
    /// <param name="textWeight">Factor for the text encoder's layers.</param>
    /// <returns>Disposing it takes the adapter off again.</returns>
    public IDisposable Attach(double unetWeight, double textWeight)
    {
        var removers = new List<Action>();
        foreach (var module in _modules)
        {
            var (layer, weight) = (_layers[module.Target], WeightOf(module, unetWeight, textWeight));
            if (weight == 0) continue;
            var remover = layer.register_forward_hook((_, x, y) =>
            {
                using var scope = NewDisposeScope();
                return y.add(module.Apply(x, layer), weight).MoveToOuterDisposeScope();
            });
            removers.Add(remover.remove);
        }
        return new Undo(() => removers.ForEach(remove => remove()));
    }

    /// <summary>Adds the modules to the layers' weights.</summary>
    /// <param name="unetWeight">Factor for the UNet's layers.</param>
    /// <param name="textWeight">Factor for the text encoder's layers.</param>
    /// <returns>Disposing it puts the very bits back that were there; adapters merged later must be disposed first.</returns>
    public IDisposable Merge(double unetWeight, double textWeight)
    {
        using var frozen = no_grad();
        var originals = new List<(WeightLayer Layer, Tensor Weight)>();
        foreach (var module in _modules)
        {
            using var scope = NewDisposeScope();
            var (layer, weight) = (_layers[module.Target], WeightOf(module, unetWeight, textWeight));
            if (weight == 0) continue;
            originals.Add((layer, layer.Weight.clone().DetachFromDisposeScope()));
            var changed = layer.Weight.to(float32).add(module.Difference(layer.WeightShape).to(layer.Weight.device), weight);
            layer.Weight.copy_(changed);
        }
        return new Undo(() =>
        {
            using var restoring = no_grad();
            foreach (var (layer, weight) in originals)
            {
                layer.Weight.copy_(weight);
                weight.Dispose();
            }
        });
    }

    /// <summary>Gives the modules' memory back; take the adapter off before.</summary>
    public void Dispose()
    {
        foreach (var module in _modules) module.Dispose();
    }

    private static double WeightOf(LoraModule module, double unetWeight, double textWeight) =>
        module.Target.Component == ModelComponent.UNet ? unetWeight : textWeight;

    private static Dictionary<ModuleName, WeightLayer> Layers(StableDiffusionModel model)
    {
        var layers = new Dictionary<ModuleName, WeightLayer>();
        foreach (var (path, module) in model.UNet.named_modules())
            if (module is WeightLayer layer) layers.Add(new(ModelComponent.UNet, path), layer);
        foreach (var (path, module) in model.TextEncoder.named_modules())
            if (module is WeightLayer layer) layers.Add(new(ModelComponent.TextEncoder, path), layer);
        return layers;
    }

    private static LoraModule Read(CheckpointFile file, string stem, IReadOnlyList<string> keys, ModuleName name, WeightLayer layer, Device device, List<string> unknown)
    {
        var down = Factor("lora_down.weight") ?? throw Incomplete("lora_down.weight");
        var up = Factor("lora_up.weight") ?? throw Incomplete("lora_up.weight");
        var mid = Factor("lora_mid.weight");
        var rank = down.shape[0];
        // trainers and converters write alpha as a number of any type, with or without a dimension; without it the scale is 1
        var alpha = keys.Contains($"{stem}.alpha") ? file.Read($"{stem}.alpha").flatten()[0].ToDouble() : rank;
        unknown.AddRange(keys.Where(key => key[(stem.Length + 1)..] is not ("lora_down.weight" or "lora_up.weight" or "lora_mid.weight" or "alpha")));

        var shape = layer.WeightShape;
        if (up.shape[1] != rank || down.shape[1] != shape[1] || up.shape[0] != shape[0])
            throw new LoraMismatchException(file.Path, stem, $"has factors [{string.Join(", ", up.shape)}] and [{string.Join(", ", down.shape)}], which do not make a weight of [{string.Join(", ", shape)}]", "Use an adapter that was trained for this model's family.");
        return new(name, down, up, mid, (alpha == 0 ? rank : alpha) / rank);

        Tensor? Factor(string kind) => keys.Contains($"{stem}.{kind}") ? file.Read($"{stem}.{kind}", device).DetachFromDisposeScope() : null;

        LoraMismatchException Incomplete(string kind) => new(file.Path, $"{stem}.{kind}", "is missing, while other tensors of its module are there", "Download the file again, or train it anew.");
    }

    private sealed class Undo(Action action) : IDisposable
    {
        private Action? _action = action;

        public void Dispose() => Interlocked.Exchange(ref _action, null)?.Invoke();
    }
}
