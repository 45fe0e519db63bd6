using System.Buffers.Binary;
using System.Text.Json;

namespace LoraBridge.Server.Tests.Sdapi;

/// <summary>Writes safetensors files of zeros: their shapes and their metadata are what listings read.</summary>
internal static class Safetensors
{
    public static void Write(string path, OrderedDictionary<string, int[]> shapes, OrderedDictionary<string, string>? metadata = null)
    {
        var header = new OrderedDictionary<string, object>();
        if (metadata is not null) header["__metadata__"] = metadata;
        var length = 0;
        foreach (var (name, shape) in shapes)
        {
            var bytes = shape.Aggregate(4, (product, side) => product * side);
            header[name] = new { dtype = "F32", shape, data_offsets = new[] { length, length + bytes } };
            length += bytes;
        }
        var json = JsonSerializer.SerializeToUtf8Bytes(header);
        var prefix = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(prefix, json.Length);
        File.WriteAllBytes(path, [.. prefix, .. json, .. new byte[length]]);
    }
}
