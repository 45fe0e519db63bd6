using System.Buffers.Binary;
using System.Text;

namespace LoraBridge.Tests.Checkpoints;

/// <summary>Safetensors files put together by hand, right or wrong.</summary>
internal static class SafetensorsBytes
{
    /// <summary>The JSON of one tensor.</summary>
    public static string Tensor(string name, string dtype, string shape, long begin, long end) =>
        $"\"{name}\":{{\"dtype\":\"{dtype}\",\"shape\":[{shape}],\"data_offsets\":[{begin},{end}]}}";

    public static byte[] File(string json, int dataLength) => File(Encoding.UTF8.GetBytes(json), new byte[dataLength]);

    public static byte[] File(byte[] json, byte[] data) => WithLength((ulong)json.Length, [.. json, .. data]);

    public static byte[] WithLength(ulong headerLength, byte[] rest)
    {
        var file = new byte[8 + rest.Length];
        BinaryPrimitives.WriteUInt64LittleEndian(file, headerLength);
        rest.CopyTo(file, 8);
        return file;
    }
}
