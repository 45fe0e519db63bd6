using System.Buffers.Binary;
using System.Text;

namespace LoraBridge.Imaging.Png;

/// <summary>A chunk's place in a PNG file.</summary>
/// <param name="Type">Four letters; a lower-case first one means that readers may skip it.</param>
/// <param name="Offset">Where its data begins.</param>
/// <param name="Length">Bytes of data that are there.</param>
/// <param name="IsCut">Whether the file ends inside it.</param>
internal readonly record struct PngChunk(string Type, long Offset, int Length, bool IsCut)
{
    public bool IsCritical => char.IsAsciiLetterUpper(Type[0]);
}

/// <summary>Walks a PNG file from chunk to chunk.</summary>
internal static class PngChunks
{
    public static ReadOnlySpan<byte> Signature => [137, 80, 78, 71, 13, 10, 26, 10];

    /// <summary>All chunks up to IEND or the end of the file.</summary>
    public static List<PngChunk> Walk(PictureBytes source)
    {
        var chunks = new List<PngChunk>();
        for (long at = Signature.Length; ;)
        {
            var head = source.At(at, 8);
            if (head.Length < 8)
                return chunks;
            var declared = BinaryPrimitives.ReadUInt32BigEndian(head);
            foreach (var letter in head[4..])
            {
                if (!char.IsAsciiLetter((char)letter))
                    throw source.Broken($"the PNG file is damaged: no chunk begins at byte {at}");
            }
            var type = Encoding.ASCII.GetString(head[4..]);
            var there = Math.Min(declared, source.Length - at - 8);
            if (there > Array.MaxLength)
                throw source.Broken($"the PNG chunk {type} is too large");
            chunks.Add(new(type, at + 8, (int)there, there < declared));
            if (type == "IEND" || there < declared)
                return chunks;
            at += 12 + there;
        }
    }

    /// <summary>Whether the chunk is whole and its checksum right.</summary>
    public static bool IsIntact(PictureBytes source, PngChunk chunk)
    {
        var bytes = source.At(chunk.Offset - 4, (long)chunk.Length + 8);
        return bytes.Length == chunk.Length + 8
            && Crc32.Of(bytes[..4], bytes[4..^4]) == BinaryPrimitives.ReadUInt32BigEndian(bytes[^4..]);
    }
}
