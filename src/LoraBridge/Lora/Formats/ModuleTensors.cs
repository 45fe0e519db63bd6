using LoraBridge.Checkpoints.Naming;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraBridge.Lora.Formats;

/// <summary>
/// The tensors that a file has for one layer, beside the layer's shape. An algorithm takes those that it knows, and says what
/// is wrong with them; what nobody takes is reported.
/// </summary>
internal sealed class ModuleTensors(string path, string stem, ModuleName target, IReadOnlyList<long> shape, IReadOnlyDictionary<string, Tensor> tensors)
{
    private const string OtherFamily = "Use an adapter that was trained for this model's family.";

    private readonly HashSet<string> _used = new(StringComparer.Ordinal);

    /// <summary>The layer.</summary>
    public ModuleName Target => target;

    /// <summary>The layer's weight: (out, in), (out, in, k, k) or (C).</summary>
    public IReadOnlyList<long> Shape => shape;

    /// <summary>Rows of the layer's weight.</summary>
    public long Out => shape[0];

    /// <summary>Inputs or input channels of the layer; 1 for a norm.</summary>
    public long In => shape.Count > 1 ? shape[1] : 1;

    /// <summary>Positions of the kernel; 1 for a layer without.</summary>
    public long Kernel => shape.Skip(2).Aggregate(1L, (a, b) => a * b);

    /// <summary>The tensors that were taken, as the module shall keep them.</summary>
    public Dictionary<string, Tensor> Taken { get; } = new(StringComparer.Ordinal);

    /// <summary>Kinds that nobody took.</summary>
    public IEnumerable<string> Left => tensors.Keys.Except(_used);

    /// <summary>alpha / rank as a file beside this one says it; null where none does.</summary>
    public Func<long, double>? ScaleOfRank { get; init; }

    /// <summary>Whether nothing told alpha, so that the scale was taken to be 1.</summary>
    public bool AssumedScale { get; private set; }

    /// <summary>Whether there is a tensor of the kind.</summary>
    public bool Has(string kind) => tensors.ContainsKey(kind);

    /// <summary>Takes a tensor; null when there is none.</summary>
    public Tensor? Take(string kind)
    {
        if (!tensors.TryGetValue(kind, out var tensor)) return null;
        _used.Add(kind);
        return Taken[kind] = tensor;
    }

    /// <summary>Takes a tensor that must be there.</summary>
    public Tensor Need(string kind) => Take(kind)
        ?? throw new LoraMismatchException(path, $"{stem}.{kind}", "is missing, while other tensors of its module are there", "Download the file again, or train it anew.");

    /// <summary>Takes a tensor that must be there and have two dimensions, or more of which the rest are one.</summary>
    /// <returns>It, its rows and its columns.</returns>
    public (Tensor Matrix, long Rows, long Columns) Matrix(string kind)
    {
        var matrix = Need(kind);
        if (matrix.dim() < 2) throw Wrong(kind, "is no matrix");
        return (matrix, matrix.shape[0], matrix.shape[0] == 0 ? 0 : matrix.NumberOfElements / matrix.shape[0]);
    }

    /// <summary>The value of a tensor of one element; null when there is none.</summary>
    public double? Number(string kind)
    {
        if (Take(kind) is not { } tensor) return null;
        if (tensor.NumberOfElements != 1) throw Wrong(kind, "is not one number");
        return tensor.flatten()[0].ToDouble();
    }

    /// <summary>alpha / rank, or what overrides it.</summary>
    /// <exception cref="LoraMismatchException">The rank is 0.</exception>
    public double Scale(long rank, string rankKind)
    {
        if (rank == 0) throw Wrong(rankKind, "has rank 0");
        var alpha = Number(TensorKind.Alpha);
        if (Number(TensorKind.Scale) is { } scale) return scale;
        // trainers take 0 for "as the rank"
        if (alpha is { } given) return given == 0 ? 1 : given / rank;
        if (ScaleOfRank is not null) return ScaleOfRank(rank);
        AssumedScale = true;
        return 1;
    }

    /// <summary>Takes the bias that may go with any algorithm, and checks it.</summary>
    public void TakeBias(params ReadOnlySpan<string> kinds)
    {
        foreach (var kind in kinds)
            if (Take(kind) is { } bias && bias.NumberOfElements != Out)
                throw Wrong(kind, $"does not fit a bias of [{Out}]");
    }

    /// <summary>Demands that something holds of a tensor.</summary>
    public void Check(bool condition, string kind, string reason)
    {
        if (!condition) throw Wrong(kind, reason);
    }

    /// <summary>The error for a tensor of a wrong shape.</summary>
    public LoraMismatchException Wrong(string kind, string reason) =>
        new(path, $"{stem}.{kind}", $"of [{string.Join(", ", tensors[kind].shape)}] {reason} (the layer's weight is [{string.Join(", ", shape)}])", OtherFamily);

    /// <summary>The error for a module as a whole.</summary>
    public LoraMismatchException WrongModule(string reason, string? cure = null, string? kind = null) =>
        new(path, kind is null ? stem : $"{stem}.{kind}", reason, cure ?? OtherFamily);
}
