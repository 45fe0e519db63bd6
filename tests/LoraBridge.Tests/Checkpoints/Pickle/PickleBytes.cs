using System.Buffers.Binary;
using System.Text;

namespace LoraBridge.Tests.Checkpoints.Pickle;

/// <summary>Pickles put together by hand, instruction by instruction.</summary>
internal sealed class PickleBytes
{
    private readonly List<byte> _bytes = [0x80, 2];

    public byte[] Stopped => [.. _bytes, (byte)'.'];

    public byte[] Open => [.. _bytes];

    public PickleBytes Raw(params IEnumerable<byte> bytes)
    {
        _bytes.AddRange(bytes);
        return this;
    }

    public PickleBytes Op(char opcode) => Raw((byte)opcode);

    public PickleBytes Global(string module, string name) => Raw([(byte)'c', .. Encoding.ASCII.GetBytes($"{module}\n{name}\n")]);

    public PickleBytes Text(string text)
    {
        var utf8 = Encoding.UTF8.GetBytes(text);
        return Raw([(byte)'X', .. Little(utf8.Length), .. utf8]);
    }

    public PickleBytes Int(int number) => Raw([(byte)'J', .. Little(number)]);

    /// <summary>A 64-bit number as a long.</summary>
    public PickleBytes Long(long number)
    {
        var bytes = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
        return Raw([0x8a, 8, .. bytes]);
    }

    public PickleBytes Tuple(params Action<PickleBytes>[] items)
    {
        Op('(');
        foreach (var item in items) item(this);
        return Op('t');
    }

    /// <summary>A reference to a storage of 32-bit floats.</summary>
    public PickleBytes Storage(long count, string key = "0", string type = "FloatStorage") =>
        Tuple(p => p.Text("storage"), p => p.Global("torch", type), p => p.Text(key), p => p.Text("cpu"), p => p.Long(count)).Op('Q');

    /// <summary>A call of torch's tensor function on such a storage.</summary>
    public PickleBytes Tensor(long count, long offset, long[] shape, long[] strides) => Global("torch._utils", "_rebuild_tensor_v2").Tuple(
        p => p.Storage(count), p => p.Long(offset), p => p.Longs(shape), p => p.Longs(strides), p => p.Raw(0x89), p => p.Op('N')).Op('R');

    public PickleBytes Longs(long[] numbers) => Tuple([.. numbers.Select(number => (Action<PickleBytes>)(p => p.Long(number)))]);

    private static byte[] Little(int number)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, number);
        return bytes;
    }
}
