using System.Buffers.Binary;
using System.Text.Json;
using LoraBridge.Checkpoints;

namespace LoraBridge.Lora.Catalog;

/// <summary>
/// Reads the metadata of a safetensors file and stops there. It stands first in the header as the reference writer writes it,
/// so a piece of the header is enough; the tensors' own entries, several times as long, are not looked at.
/// </summary>
internal static class MetadataReader
{
    private const int FirstPiece = 1 << 16;

    /// <summary>The metadata in the file's order; empty when there is none.</summary>
    /// <exception cref="CheckpointFormatException">This is no safetensors file.</exception>
    public static IReadOnlyDictionary<string, string> Read(string path)
    {
        using var file = FileRange.Open(path);
        Span<byte> prefix = stackalloc byte[8];
        if (file.Length < prefix.Length) throw Broken(path);
        file.Read(0, prefix);
        var length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (length > SafetensorsHeader.MaxLength || (long)length > file.Length - 8) throw Broken(path);

        for (var piece = Math.Min(FirstPiece, (int)length); ; piece = (int)Math.Min(piece * 4L, (int)length))
        {
            var json = new byte[piece];
            file.Read(8, json);
            if (Parse(json, isWhole: piece == (int)length, path) is { } metadata) return metadata;
        }
    }

    /// <summary>Null when the piece ends before the metadata does.</summary>
    private static OrderedDictionary<string, string>? Parse(ReadOnlySpan<byte> json, bool isWhole, string path)
    {
        try
        {
            var reader = new Utf8JsonReader(json, isWhole, default);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) throw Broken(path);
            while (reader.Read())
            {
                if (reader.TokenType == JsonTokenType.EndObject) return [];
                if (reader.ValueTextEquals(SafetensorsHeader.MetadataKey)) return reader.Read() ? Values(ref reader) : null;
                if (!reader.Read() || !reader.TrySkip()) return null;
            }
            return null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw Broken(path, e);
        }
    }

    private static OrderedDictionary<string, string>? Values(ref Utf8JsonReader reader)
    {
        var metadata = new OrderedDictionary<string, string>(StringComparer.Ordinal);
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.EndObject) return metadata;
            var key = reader.GetString()!;
            if (!reader.Read()) return null;
            metadata[key] = reader.GetString()!;
        }
        return null;
    }

    private static CheckpointFormatException Broken(string path, Exception? inner = null) =>
        new(path, "its metadata cannot be read, for this is no safetensors file", "Fetch it again", inner);
}
