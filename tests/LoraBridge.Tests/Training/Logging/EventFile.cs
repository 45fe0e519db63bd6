using System.Buffers.Binary;
using System.Text;

namespace LoraBridge.Tests.Training.Logging;

/// <summary>Reads event files by the definitions of TFRecord and protobuf, sharing nothing with the writer.</summary>
internal static class EventFile
{
    /// <summary>The messages of the whole records, in order; a record cut short ends the file, a wrong checksum fails.</summary>
    public static List<Message> Read(string path) => Read(File.ReadAllBytes(path));

    public static List<Message> Read(ReadOnlySpan<byte> bytes)
    {
        var events = new List<Message>();
        while (bytes.Length >= 12)
        {
            var length = (int)BinaryPrimitives.ReadUInt64LittleEndian(bytes);
            Check(bytes[..8], bytes[8..12]);
            if (bytes.Length < 16 + length) break;
            Check(bytes[12..(12 + length)], bytes[(12 + length)..(16 + length)]);
            events.Add(Message.Parse(bytes[12..(12 + length)]));
            bytes = bytes[(16 + length)..];
        }
        return events;
    }

    private static void Check(ReadOnlySpan<byte> data, ReadOnlySpan<byte> stored)
    {
        var crc = 0xFFFFFFFFu;
        foreach (var value in data)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++) crc = (crc & 1) != 0 ? (crc >> 1) ^ 0x82F63B78u : crc >> 1;
        }
        crc = ~crc;
        var unmasked = BinaryPrimitives.ReadUInt32LittleEndian(stored) - 0xA282EAD8u;
        Assert.Equal(crc, (unmasked >> 17) | (unmasked << 15));
    }
}

/// <summary>A protobuf message's fields, by number, in order.</summary>
internal sealed class Message
{
    private readonly List<(int Field, int WireType, byte[] Value)> _fields = [];

    public IEnumerable<int> Fields => _fields.Select(each => each.Field);

    public static Message Parse(ReadOnlySpan<byte> bytes)
    {
        var message = new Message();
        for (var at = 0; at < bytes.Length;)
        {
            var tag = Varint(bytes, ref at);
            var wireType = (int)(tag & 7);
            var start = at;
            byte[] value;
            switch (wireType)
            {
                case 0:
                    value = BitConverter.GetBytes(Varint(bytes, ref at));
                    break;
                case 1 or 5:
                    at += wireType == 1 ? 8 : 4;
                    value = bytes[start..at].ToArray();
                    break;
                case 2:
                    var length = (int)Varint(bytes, ref at);
                    value = bytes.Slice(at, length).ToArray();
                    at += length;
                    break;
                default:
                    throw new InvalidDataException($"wire type {wireType}");
            }
            message._fields.Add(((int)(tag >> 3), wireType, value));
        }
        return message;
    }

    public bool Has(int field) => _fields.Exists(each => each.Field == field);

    public double Double(int field) => BitConverter.ToDouble(Only(field, 1));

    public float Single(int field) => BitConverter.ToSingle(Only(field, 5));

    public long Integer(int field) => BitConverter.ToInt64(Only(field, 0));

    public byte[] Bytes(int field) => Only(field, 2);

    public string Text(int field) => Encoding.UTF8.GetString(Only(field, 2));

    public Message Sub(int field) => Parse(Only(field, 2));

    public List<Message> Subs(int field) => _fields.FindAll(each => each.Field == field && each.WireType == 2).ConvertAll(each => Parse(each.Value));

    private byte[] Only(int field, int wireType)
    {
        var found = Assert.Single(_fields, each => each.Field == field);
        Assert.Equal(wireType, found.WireType);
        return found.Value;
    }

    private static ulong Varint(ReadOnlySpan<byte> bytes, ref int at)
    {
        var value = 0UL;
        for (var shift = 0; ; shift += 7)
        {
            var part = bytes[at++];
            value |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80) return value;
        }
    }
}
