using LoraBridge.Checkpoints;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraBridge.Lora.Formats;

/// <summary>Brings tensors to the type that they are stored in, without loss that nobody would notice.</summary>
internal static class StoredTensors
{
    /// <summary>Casts an adapter's tensors.</summary>
    /// <param name="tensors">By key.</param>
    /// <param name="type">F16, BF16 or F32.</param>
    /// <param name="path">The file they are for.</param>
    /// <returns>Tensors of the current scope.</returns>
    /// <exception cref="LoraMismatchException">A tensor holds NaN or infinity, or a number too large for the type.</exception>
    /// <exception cref="ArgumentException">The type is none of the three.</exception>
    public static Dictionary<string, Tensor> Cast(IReadOnlyDictionary<string, Tensor> tensors, TensorType type, string path)
    {
        if (type is not (TensorType.F16 or TensorType.BF16 or TensorType.F32))
            throw new ArgumentException($"Adapters are written in F16, BF16 or F32, not in {type.FormatName()}.", nameof(type));
        return tensors.ToDictionary(pair => pair.Key, pair => Cast(pair.Key, pair.Value, TorchTypes.SameAs(type)!.Value, path), StringComparer.Ordinal);
    }

    private static Tensor Cast(string key, Tensor tensor, ScalarType type, string path)
    {
        using var scope = NewDisposeScope();
        if (!tensor.is_floating_point()) return tensor.alias().MoveToOuterDisposeScope();       // a mark, such as on_input
        if (!tensor.isfinite().all().ToBoolean())
            throw new LoraMismatchException(path, key, "holds NaN or infinity", "Train again with a lower learning rate, or go back to an earlier checkpoint.");
        var cast = tensor.to(type);
        if (!cast.isfinite().all().ToBoolean())
            throw new LoraMismatchException(path, key, $"holds {tensor.abs().max().ToDouble():g4}, and {type} ends at {(type == ScalarType.Float16 ? 65504 : 3.39e38):g4}", "Write it as BF16 or F32.");
        // numbers such as alpha keep their value: 3e-4 is not 3.0005e-4
        if (tensor.NumberOfElements == 1 && IsNumber(key) && cast.to(float64).flatten()[0].ToDouble() != tensor.to(float64).flatten()[0].ToDouble()) cast = tensor.to(float32);
        return (cast.dtype == tensor.dtype ? tensor.alias() : cast).MoveToOuterDisposeScope();
    }

    private static bool IsNumber(string key) => TensorKind.IsNumber(key[(key.LastIndexOf('.') + 1)..]);
}
