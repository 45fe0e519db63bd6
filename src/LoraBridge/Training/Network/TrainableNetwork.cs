using LoraBridge.Checkpoints.Naming;
using LoraBridge.Diffusion.Models;
using LoraBridge.Lora;
using LoraBridge.Lora.Formats;
using LoraBridge.Training.Objective;
using LoraBridge.Training.Optimizers;
using LoraBridge.Training.Settings;
using static TorchSharp.torch;

namespace LoraBridge.Training.Network;

/// <summary>An adapter that is trained: a module for each layer it changes, in place of which the module stands while it is attached. The model's own weights rest.</summary>
public sealed class TrainableNetwork : IDisposable
{
    private readonly ModelLayers _layers;
    private readonly TrainingOptions _options;
    private readonly Dictionary<WeightLayer, Func<Tensor, Tensor>> _attached = [];

    private TrainableNetwork(ModelLayers layers, TrainingOptions options, IReadOnlyList<TrainableModule> modules, StartingReport? start)
    {
        (_layers, _options, Modules, Start) = (layers, options, modules, start);
        Groups = NetworkGroups.Of(modules, layers, options);
        Recomputes = !options.Precision.GradientCheckpointing;
    }

    /// <summary>The parameters by learning rate; their names are the keys of kohya's files.</summary>
    public IReadOnlyList<ParameterGroup> Groups { get; }

    /// <summary>What became of the adapter it was begun from; null when it began anew.</summary>
    public StartingReport? Start { get; }

    /// <summary>How many of the UNet's layers are trained.</summary>
    public int UNetModules => Modules.Count(module => module.Plan.Layer.Component == ModelComponent.UNet);

    /// <summary>How many of the text encoder's layers are trained.</summary>
    public int TextModules => Modules.Count(module => module.Plan.Layer.Component == ModelComponent.TextEncoder);

    /// <summary>How many numbers are trained.</summary>
    public long TrainedNumbers => Groups.SelectMany(group => group.Parameters).Sum(parameter => parameter.Tensor.NumberOfElements);

    /// <summary>
    /// Where in the run, by which dropouts draw; null, as outside of training, drops nothing. It must stay until the backward pass
    /// is done: blocks that run again there draw again.
    /// </summary>
    public DrawPlace? Place { get; set; }

    /// <summary>Whether it acts while attached; the model's own output else, as for comparisons with it.</summary>
    public bool IsActive { get; set; } = true;

    /// <summary>Whether changes that must be formed as a whole (all but LoRA and IA3) are formed again in the backward pass; not so at first where whole blocks are, as the settings say.</summary>
    public bool Recomputes
    {
        get;
        set
        {
            field = value;
            foreach (var module in Modules) module.Recomputes = value;
        }
    }

    /// <summary>A number that is another one whenever the values have changed.</summary>
    internal long Changes { get; private set; }

    /// <summary>What is trained at each layer.</summary>
    internal IReadOnlyList<TrainableModule> Modules { get; }

    /// <summary>Makes a network on the model's device. It does not act before it is attached.</summary>
    /// <param name="layers">The model's layers, which have their weights.</param>
    /// <param name="options">Algorithm, targets, ranks, rates and number type.</param>
    /// <param name="seed">The seed of first values, which depend on nothing else than it and the layers' names.</param>
    /// <param name="start">The adapter to continue; it is read and left as it is.</param>
    /// <exception cref="SettingsException">The settings leave no layer to train.</exception>
    /// <exception cref="NotSupportedException">The algorithm is not built in.</exception>
    /// <exception cref="LoraMismatchException">The adapter cannot be continued as the settings want it.</exception>
    public static TrainableNetwork Create(ModelLayers layers, TrainingOptions options, long seed, LoraFile? start = null)
    {
        ArgumentNullException.ThrowIfNull(layers);
        ArgumentNullException.ThrowIfNull(options);
        TrainableModules.CheckInitialization(options.Network);
        var modules = new List<TrainableModule>();
        using var scope = NewDisposeScope();
        try
        {
            foreach (var plan in LayerPlanner.Plan(layers, options, start))
                modules.Add(TrainableModules.Create(new(plan, layers[plan.Layer], options.Network, seed, TypeOf(options.Precision.Adapter), layers.Device)));
            return new(layers, options, modules, start is null ? null : StartingWeights.Apply(modules, start, layers));
        }
        catch
        {
            foreach (var module in modules) module.Dispose();
            throw;
        }
    }

    /// <summary>Puts every module in its layer's place.</summary>
    /// <exception cref="InvalidOperationException">Another adapter acts on one of the layers.</exception>
    public void Attach()
    {
        if (_attached.Count > 0) return;
        if (Modules.FirstOrDefault(module => _layers[module.Plan.Layer].Adapted is not null) is { } taken)
            throw new InvalidOperationException($"Another adapter acts on the layer '{taken.Plan.Layer.Path}': take it off before training.");
        foreach (var module in Modules)
        {
            var layer = _layers[module.Plan.Layer];
            layer.Adapted = _attached[layer] = x => IsActive ? module.Output(x, Place) : layer.Plain(x);
        }
    }

    /// <summary>Gives every layer its place back.</summary>
    public void Detach()
    {
        foreach (var (layer, function) in _attached)
            if (layer.Adapted == function)
                layer.Adapted = null;
        _attached.Clear();
    }

    /// <summary>Takes it off, if it is on, until the result is disposed.</summary>
    internal IDisposable Rest() => new Pause(this);

    /// <summary>Says that the values have changed.</summary>
    internal void Changed() => Changes++;

    /// <summary>Scales down the modules whose change exceeds the limit of the settings, as after every step; null without a limit.</summary>
    public MaxNormResult? LimitNorms() => _options.Network.MaxNorm is { } limit ? MaxNorm.Apply(Modules, limit) : null;

    /// <summary>Each module's ‖D‖ by its layer's name in files, for reports.</summary>
    public IReadOnlyDictionary<string, double> Norms() =>
        Modules.Zip(MaxNorm.Norms(Modules)).ToDictionary(row => row.First.Plan.Stem, row => row.Second, StringComparer.Ordinal);

    /// <summary>A copy as an adapter that can be written in every layout, or put on a model. The caller disposes it.</summary>
    /// <param name="metadata">The remarks it shall have.</param>
    /// <param name="device">Where its tensors shall be; the CPU's memory when null.</param>
    public LoraFile ToFile(IReadOnlyDictionary<string, string>? metadata = null, Device? device = null)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        var modules = new List<LoraModule>();
        foreach (var module in Modules)
        {
            var tensors = module.ForFile(device ?? CPU);
            var plan = module.Plan;
            modules.Add(ModuleFactory.Create(tensors.Keys, new("(trained)", plan.Stem, plan.Layer, plan.Shape, tensors))!);
            foreach (var tensor in modules[^1].Tensors.Values) tensor.DetachFromDisposeScope();
        }
        return LoraFile.Of(_layers, modules, metadata, "(trained)");
    }

    /// <summary>An exact copy of every tensor, to go on from.</summary>
    public SavedState State()
    {
        var saved = new SavedState();
        foreach (var tensor in Modules.SelectMany(module => module.Tensors)) saved.Add(tensor.Name, tensor.Value);
        return saved;
    }

    /// <summary>Goes on from a copy.</summary>
    /// <exception cref="InvalidDataException">It is of a network of other layers, ranks or types.</exception>
    public void Load(SavedState saved)
    {
        ArgumentNullException.ThrowIfNull(saved);
        foreach (var tensor in Modules.SelectMany(module => module.Tensors)) saved.CopyTo(tensor.Name, tensor.Value);
    }

    /// <summary>Takes it off and gives its memory back.</summary>
    public void Dispose()
    {
        Detach();
        foreach (var module in Modules) module.Dispose();
    }

    private sealed class Pause : IDisposable
    {
        private readonly TrainableNetwork? _network;

        public Pause(TrainableNetwork network)
        {
            if (network._attached.Count == 0) return;
            _network = network;
            network.Detach();
        }

        public void Dispose() => _network?.Attach();
    }

    private static ScalarType TypeOf(WeightPrecision precision) => precision switch
    {
        WeightPrecision.Fp16 => ScalarType.Float16,
        WeightPrecision.Bf16 => ScalarType.BFloat16,
        _ => ScalarType.Float32,
    };
}
