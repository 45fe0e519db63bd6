namespace LoraBridge.Checkpoints;

/// <summary>One tensor of a checkpoint as its header describes it; nothing of its data has been read.</summary>
/// <param name="Name">The key in the file.</param>
/// <param name="Type">The element type in the file.</param>
/// <param name="Shape">The lengths of its dimensions; empty for a scalar.</param>
/// <param name="Begin">First byte, counted from the start of the data buffer (safetensors) or of the tensor's storage (pickle).</param>
/// <param name="End">One past the last byte, counted alike.</param>
public sealed record TensorEntry(string Name, TensorType Type, IReadOnlyList<long> Shape, long Begin, long End)
{
    /// <summary>The number of elements, 1 for a scalar.</summary>
    public long ElementCount => TensorTypes.ElementCount(Shape) ?? throw new OverflowException($"The shape of '{Name}' has more than 2^63 elements.");

    /// <summary>Bytes between <see cref="Begin"/> and <see cref="End"/>.</summary>
    public long ByteLength => End - Begin;

    /// <summary>The name, type and shape as a person writes them: <c>to_q.weight F16 [320, 320]</c>.</summary>
    public override string ToString() => $"{Name} {Type.FormatName()} [{string.Join(", ", Shape)}]";
}
