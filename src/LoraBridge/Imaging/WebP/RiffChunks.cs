using System.Buffers.Binary;
using System.Text;

namespace LoraBridge.Imaging.WebP;

/// <summary>A chunk's place in a WebP file.</summary>
/// <param name="Type">Four characters.</param>
/// <param name="Offset">Where its data begins.</param>
/// <param name="Length">Bytes of data that are there.</param>
/// <param name="IsCut">Whether the file ends inside it.</param>
internal readonly record struct RiffChunk(string Type, long Offset, int Length, bool IsCut);

/// <summary>Walks a WebP file from chunk to chunk.</summary>
internal static class RiffChunks
{
    private const int FileHeader = 12; // "RIFF", size, "WEBP"

    public static List<RiffChunk> Walk(PictureBytes source)
    {
        var chunks = new List<RiffChunk>();
        for (long at = FileHeader; ;)
        {
            var head = source.At(at, 8);
            if (head.Length < 8)
                return chunks;
            var type = Encoding.Latin1.GetString(head[..4]);
            var declared = BinaryPrimitives.ReadUInt32LittleEndian(head[4..]);
            var there = (int)Math.Min(Math.Min(declared, source.Length - at - 8), int.MaxValue);
            chunks.Add(new(type, at + 8, there, there < declared));
            if (there < declared)
                return chunks;
            at += 8L + declared + (declared & 1); // chunks begin at even offsets
        }
    }

    /// <summary>A WebP file made of the given chunks.</summary>
    public static byte[] Write(IEnumerable<(string Type, byte[] Data)> chunks)
    {
        using var file = new MemoryStream();
        file.Write("RIFF\0\0\0\0WEBP"u8);
        Span<byte> length = stackalloc byte[4];
        foreach (var (type, data) in chunks)
        {
            file.Write(Encoding.Latin1.GetBytes(type));
            BinaryPrimitives.WriteInt32LittleEndian(length, data.Length);
            file.Write(length);
            file.Write(data);
            if (data.Length % 2 != 0)
                file.WriteByte(0);
        }
        var bytes = file.ToArray();
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(4), bytes.Length - 8);
        return bytes;
    }
}
