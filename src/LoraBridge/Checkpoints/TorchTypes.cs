using static TorchSharp.torch;

namespace LoraBridge.Checkpoints;

/// <summary>Element types of the format beside torch's.</summary>
public static class TorchTypes
{
    private static readonly (TensorType File, ScalarType Torch)[] _same =
    [
        (TensorType.Bool, ScalarType.Bool),
        (TensorType.U8, ScalarType.Byte),
        (TensorType.I8, ScalarType.Int8),
        (TensorType.I16, ScalarType.Int16),
        (TensorType.I32, ScalarType.Int32),
        (TensorType.I64, ScalarType.Int64),
        (TensorType.F16, ScalarType.Float16),
        (TensorType.BF16, ScalarType.BFloat16),
        (TensorType.F32, ScalarType.Float32),
        (TensorType.F64, ScalarType.Float64),
        (TensorType.C64, ScalarType.ComplexFloat32),
    ];

    // every value of the left type is a value of the right one, save U64's upper half, which reading refuses
    private static readonly (TensorType File, ScalarType Torch)[] _wider =
    [
        (TensorType.F8E4M3, ScalarType.Float16),
        (TensorType.F8E5M2, ScalarType.Float16),
        (TensorType.F8E4M3Fnuz, ScalarType.Float16),
        (TensorType.F8E5M2Fnuz, ScalarType.Float16),
        (TensorType.F8E8M0, ScalarType.Float32),
        (TensorType.U16, ScalarType.Int32),
        (TensorType.U32, ScalarType.Int64),
        (TensorType.U64, ScalarType.Int64),
    ];

    /// <summary>The torch dtype with the same bits, or null when torch has none here.</summary>
    public static ScalarType? SameAs(TensorType type) => Find(_same, type);

    /// <summary>The torch dtype that a tensor of the type is read as, or null when it cannot be read.</summary>
    public static ScalarType? ReadAs(TensorType type) => Find(_same, type) ?? Find(_wider, type);

    /// <summary>The format's type for a torch dtype, or null for the quantised and the double complex ones.</summary>
    public static TensorType? Of(ScalarType dtype)
    {
        foreach (var row in _same)
            if (row.Torch == dtype)
                return row.File;
        return null;
    }

    private static ScalarType? Find((TensorType File, ScalarType Torch)[] table, TensorType type)
    {
        foreach (var row in table)
            if (row.File == type)
                return row.Torch;
        return null;
    }
}
