using LoraBridge.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraBridge.Lora.Tools;

/// <summary>
/// The tensors of an adapter in the making, in the layout that every program reads (kohya's), at the type in which they will be
/// stored; what is measured on them holds for the file.
/// </summary>
/// <param name="type">F16, BF16 or F32.</param>
internal sealed class NewAdapter(TensorType type) : IDisposable
{
    private readonly Dictionary<string, Tensor> _tensors = new(StringComparer.Ordinal);
    private readonly SortedSet<long> _ranks = [];

    /// <summary>Its tensors by key.</summary>
    public IReadOnlyDictionary<string, Tensor> Tensors => _tensors;

    /// <summary>The ranks of its layers.</summary>
    public IReadOnlySet<long> Ranks => _ranks;

    /// <summary>The torch type of a stored type that adapters may have.</summary>
    /// <exception cref="ArgumentException">It is no type for an adapter's factors.</exception>
    public static ScalarType TorchType(TensorType type) => type switch
    {
        TensorType.F16 => ScalarType.Float16,
        TensorType.BF16 => ScalarType.BFloat16,
        TensorType.F32 => ScalarType.Float32,
        _ => throw new ArgumentException($"An adapter cannot be stored as {type}: use F16, BF16 or F32.", nameof(type)),
    };

    /// <summary>Adds a layer's change as two factors with scale 1.</summary>
    /// <param name="stem">What the file calls the layer.</param>
    /// <param name="factors">D = Up · Down, (out, r) and (r, in k k).</param>
    /// <param name="weightShape">Sizes of the layer's weight, (out, in) or (out, in, k, k).</param>
    /// <returns>The factors as they are stored, rounding included; tensors of the caller's scope.</returns>
    public ThinMatrix Add(string stem, ThinMatrix factors, IReadOnlyList<long> weightShape)
    {
        using var scope = NewDisposeScope();
        var rank = factors.Rank;
        var isConvolution = weightShape.Count == 4;
        var down = Store($"{stem}.lora_down.weight", isConvolution ? factors.Down.reshape([rank, .. weightShape.Skip(1)]) : factors.Down);
        var up = Store($"{stem}.lora_up.weight", isConvolution ? factors.Up.unsqueeze(-1).unsqueeze(-1) : factors.Up);
        // ranks above 2048 are not exact in a half
        _tensors.Add($"{stem}.alpha", tensor((double)rank, dtype: rank <= 256 ? TorchType(type) : float32).DetachFromDisposeScope());
        _ranks.Add(rank);
        return new(up.flatten(start_dim: 1).to(float64).MoveToOuterDisposeScope(), down.flatten(start_dim: 1).to(float64).MoveToOuterDisposeScope());
    }

    /// <summary>Adds a tensor as it is but for its type, such as a whole difference or a bias.</summary>
    /// <returns>The tensor as it is stored.</returns>
    public Tensor Add(string key, Tensor value) => Store(key, value);

    /// <summary>Writes the file, with the ranks and the hashes in its metadata.</summary>
    /// <returns>The file's hashes.</returns>
    public LoraHashes Write(string path, IReadOnlyDictionary<string, string> metadata)
    {
        var all = metadata.Where(pair => !pair.Key.StartsWith("sshs_", StringComparison.Ordinal)).ToDictionary(StringComparer.Ordinal);
        if (_ranks.Count > 0)
        {
            var dimension = _ranks.Count == 1 ? _ranks.Min.ToString() : "Dynamic";
            (all["ss_network_dim"], all["ss_network_alpha"]) = (dimension, dimension);
        }
        var hashes = SafetensorsWriter.ComputeHashes(_tensors, all);
        (all["sshs_model_hash"], all["sshs_legacy_hash"]) = (hashes.Model, hashes.Legacy);
        SafetensorsWriter.Write(path, _tensors, all);
        return hashes;
    }

    /// <summary>Gives the tensors' memory back.</summary>
    public void Dispose()
    {
        foreach (var tensor in _tensors.Values) tensor.Dispose();
        _tensors.Clear();
    }

    private Tensor Store(string key, Tensor value)
    {
        var stored = value.detach().to(TorchType(type)).cpu().contiguous();
        if (!stored.isfinite().all().ToBoolean())
        {
            throw new ArgumentException(value.isfinite().all().ToBoolean()
                ? $"'{key}' reaches {value.abs().max().ToDouble():g3}, which is too large for {type}: save as bfloat16 or float32."
                : $"'{key}' holds values that are not finite: one of the files is damaged, or its training broke down.");
        }
        // a tensor that needed no conversion is still the caller's
        if (ReferenceEquals(stored, value) || stored.Handle == value.Handle) stored = stored.clone();
        _tensors.Add(key, stored.DetachFromDisposeScope());
        return stored;
    }
}
