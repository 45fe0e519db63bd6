using LoraBridge.Checkpoints;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LoraBridge.Diffusion.Models;

/// <summary>The tensors of one model in a file.</summary>
/// <param name="file">The file.</param>
/// <param name="keys">The file's key of every name in the model.</param>
/// <param name="prefix">What the keys of the model begin with in a checkpoint.</param>
internal sealed class WeightSource(CheckpointFile file, IReadOnlyDictionary<string, string> keys, string prefix)
{
    /// <summary>What the keys of the model begin with in a checkpoint.</summary>
    public string Prefix { get; } = prefix;

    /// <summary>The file that is read.</summary>
    public CheckpointFile File { get; } = file;

    /// <summary>The file's key of every name in the model.</summary>
    public IReadOnlyDictionary<string, string> Keys { get; } = keys;

    /// <summary>The shape of every tensor by its name in the model.</summary>
    public IReadOnlyDictionary<string, long[]> Shapes { get; } = keys.ToDictionary(pair => pair.Key, pair => file.Tensors[pair.Value].Shape.ToArray());
}

/// <summary>Checks models against their files as a whole, then moves the tensors over one by one.</summary>
internal sealed class WeightLoader(Device device, bool widen)
{
    private readonly List<(WeightSlot Slot, CheckpointFile File, TensorEntry Entry, ScalarType Compute)> _reads = [];
    private readonly List<string> _missing = [], _unexpected = [], _misshapen = [];
    private string? _path;

    private int Faults => _missing.Count + _unexpected.Count + _misshapen.Count;

    /// <summary>Plans to fill a model.</summary>
    public void Add(Module model, WeightSource source, ScalarType compute)
    {
        var slots = ModelWeights.Slots(model).ToDictionary(slot => slot.Name);
        _missing.AddRange(slots.Keys.Where(name => !source.Keys.ContainsKey(name)).Select(name => source.Prefix + name));
        foreach (var (name, key) in source.Keys)
        {
            var entry = source.File.Tensors[key];
            if (!slots.TryGetValue(name, out var slot)) _unexpected.Add(key);
            else if (!slot.Accepts(entry.Shape)) _misshapen.Add($"{key} is [{string.Join(", ", entry.Shape)}], not [{string.Join(", ", slot.Shape)}]");
            else _reads.Add((slot, source.File, entry, compute));
        }
        if (Faults > 0) _path ??= source.File.Path;                             // the autoencoder may have a file of its own
    }

    /// <summary>Reads everything that was planned.</summary>
    /// <exception cref="CheckpointMismatchException">Something does not fit; nothing has been read then.</exception>
    public void Run(IProgress<LoadProgress>? progress, CancellationToken cancellation)
    {
        if (Faults > 0) throw new CheckpointMismatchException(_path!, _missing, _unexpected, _misshapen);

        using var noGrad = no_grad();
        var total = _reads.Sum(read => read.Entry.End - read.Entry.Begin);
        var done = 0L;
        foreach (var (slot, file, entry, compute) in _reads)
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var tensor = file.Read(entry.Name, device);
            tensor = tensor.to(ComputeTypes.Keep(tensor.dtype, compute, widen));
            slot.Layer.Assign(slot.Parameter, tensor.shape.SequenceEqual(slot.Shape) ? tensor : tensor.reshape(slot.Shape));
            progress?.Report(new(done += entry.End - entry.Begin, total));
        }
    }
}
