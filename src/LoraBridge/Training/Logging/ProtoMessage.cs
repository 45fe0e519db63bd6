using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace LoraBridge.Training.Logging;

/// <summary>
/// Writes the fields of one protobuf message: varints, 32 and 64 bits, bytes and messages. Event files need five small messages,
/// for which generated code and its package would be more than this.
/// </summary>
internal sealed class ProtoMessage
{
    private const int Varint = 0, Fixed64 = 1, Bytes = 2, Fixed32 = 5;

    private readonly ArrayBufferWriter<byte> _bytes = new();

    /// <summary>The message so far.</summary>
    public byte[] ToArray() => _bytes.WrittenSpan.ToArray();

    /// <summary>An int32, int64, bool or enum field; negative numbers take ten bytes.</summary>
    public ProtoMessage Integer(int field, long value)
    {
        Tag(field, Varint);
        Raw((ulong)value);
        return this;
    }

    /// <summary>A float field.</summary>
    public ProtoMessage Single(int field, float value)
    {
        Tag(field, Fixed32);
        Span<byte> four = stackalloc byte[4];
        BinaryPrimitives.WriteSingleLittleEndian(four, value);
        _bytes.Write(four);
        return this;
    }

    /// <summary>A double field.</summary>
    public ProtoMessage Double(int field, double value)
    {
        Tag(field, Fixed64);
        Span<byte> eight = stackalloc byte[8];
        BinaryPrimitives.WriteDoubleLittleEndian(eight, value);
        _bytes.Write(eight);
        return this;
    }

    /// <summary>A bytes field.</summary>
    public ProtoMessage Data(int field, ReadOnlySpan<byte> value)
    {
        Tag(field, Bytes);
        Raw((ulong)value.Length);
        _bytes.Write(value);
        return this;
    }

    /// <summary>A string field.</summary>
    public ProtoMessage Text(int field, string value) => Data(field, Encoding.UTF8.GetBytes(value));

    /// <summary>A field that is a message itself.</summary>
    public ProtoMessage Message(int field, ProtoMessage value) => Data(field, value._bytes.WrittenSpan);

    private void Tag(int field, int wireType) => Raw(((ulong)field << 3) | (uint)wireType);

    private void Raw(ulong value)
    {
        Span<byte> ten = stackalloc byte[10];
        var count = 0;
        for (; value >= 0x80; value >>= 7) ten[count++] = (byte)(value | 0x80);
        ten[count++] = (byte)value;
        _bytes.Write(ten[..count]);
    }
}
