namespace LoraBridge.Checkpoints;

/// <summary>What the safetensors format says of each element type: its name in a header and its width.</summary>
public static class TensorTypes
{
    private static readonly (string Name, int Bits)[] _table =                // indexed by TensorType
    [
        ("BOOL", 8), ("F4", 4), ("F6_E2M3", 6), ("F6_E3M2", 6), ("U8", 8), ("I8", 8),
        ("F8_E5M2", 8), ("F8_E4M3", 8), ("F8_E8M0", 8), ("F8_E4M3FNUZ", 8), ("F8_E5M2FNUZ", 8),
        ("I16", 16), ("U16", 16), ("F16", 16), ("BF16", 16), ("I32", 32), ("U32", 32), ("F32", 32),
        ("C64", 64), ("F64", 64), ("I64", 64), ("U64", 64),
    ];

    private static readonly Dictionary<string, TensorType> _byName =
        _table.Index().ToDictionary(row => row.Item.Name, row => (TensorType)row.Index, StringComparer.Ordinal);

    /// <summary>Bits an element; less than 8 for the packed types.</summary>
    public static int Bits(this TensorType type) => _table[(int)type].Bits;

    /// <summary>The name a safetensors header uses, such as <c>BF16</c>.</summary>
    public static string FormatName(this TensorType type) => _table[(int)type].Name;

    /// <summary>Finds the type of a header's name; false when the format has none of that name.</summary>
    public static bool TryParse(string name, out TensorType type) => _byName.TryGetValue(name, out type);

    /// <summary>The number of elements of a shape (1 for a scalar), or null when it does not fit 63 bits.</summary>
    public static long? ElementCount(IEnumerable<long> shape)
    {
        var count = 1L;
        foreach (var length in shape)
            if (length < 0 || Math.BigMul(count, length, out count) != 0 || count < 0)
                return null;
        return count;
    }

    /// <summary>Bytes of a tensor, or null when they do not fit 63 bits or do not fill the last byte.</summary>
    public static long? ByteLength(this TensorType type, IEnumerable<long> shape)
    {
        if (ElementCount(shape) is not { } count) return null;
        if (Math.BigMul(count, type.Bits(), out var bits) != 0 || bits < 0) return null;
        return bits % 8 == 0 ? bits / 8 : null;
    }
}
