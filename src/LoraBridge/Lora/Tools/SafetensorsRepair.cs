using System.Buffers.Binary;
using System.Text.Encodings.Web;
using System.Text.Json;
using LoraBridge.Checkpoints;
using LoraBridge.Files;

namespace LoraBridge.Lora.Tools;

/// <summary>
/// Puts files right that break the format where nothing can be lost by it: bytes behind the last tensor, and metadata that is not
/// text. A file with missing bytes, gaps or overlaps stays refused.
/// </summary>
public static class SafetensorsRepair
{
    private static readonly JsonDocumentOptions s_lenient = new() { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip };

    private static readonly JsonWriterOptions s_writer = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes a file that keeps to the format, its tensors byte for byte and in their order, so that its hash stays.</summary>
    /// <param name="path">The file to put right; it stays as it is.</param>
    /// <param name="output">The file to write.</param>
    /// <returns>What was put right, a sentence each; nothing when the file was in order and was copied.</returns>
    /// <exception cref="CheckpointFormatException">It cannot be put right.</exception>
    public static IReadOnlyList<string> Repair(string path, string output)
    {
        using var file = FileRange.Open(path);
        var repairs = new List<string>();
        var json = Header(file);
        var begin = 8 + json.Length;
        var available = file.Length - begin;
        var (header, end) = Normal(json, path, repairs);

        SafetensorsHeader.Parse(header, Math.Min(end, available), path);          // gaps, overlaps and missing bytes are refused here
        if (available > end) repairs.Add($"cut off {available - end:N0} bytes behind the last tensor");

        using var written = new AtomicFile(output);
        Span<byte> length = stackalloc byte[8];
        var padded = (header.Length + 7) / 8 * 8;
        BinaryPrimitives.WriteInt64LittleEndian(length, padded);
        written.Stream.Write(length);
        written.Stream.Write(header);
        for (var i = header.Length; i < padded; i++) written.Stream.WriteByte((byte)' ');
        Copy(file, begin, end, written.Stream);
        written.Commit();
        return repairs;
    }

    private static byte[] Header(FileRange file)
    {
        Span<byte> prefix = stackalloc byte[8];
        if (file.Length < prefix.Length) throw new CheckpointFormatException(file.Path, "the file is shorter than the length of its header", "Fetch it again");
        file.Read(0, prefix);
        var length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (length > SafetensorsHeader.MaxLength || (long)length > file.Length - 8)
            throw new CheckpointFormatException(file.Path, $"the header would be {length:N0} bytes long: this is no safetensors file, or most of it is missing", "Fetch it again");
        var json = new byte[length];
        file.Read(8, json);
        return json;
    }

    private static (byte[] Header, long End) Normal(byte[] json, string path, List<string> repairs)
    {
        using var document = Parse(json, path);
        using var buffer = new MemoryStream();
        var end = 0L;
        using (var writer = new Utf8JsonWriter(buffer, s_writer))
        {
            writer.WriteStartObject();
            foreach (var property in document.RootElement.EnumerateObject())
            {
                if (property.NameEquals(SafetensorsHeader.MetadataKey))
                {
                    WriteMetadata(writer, property.Value, repairs);
                    continue;
                }
                property.WriteTo(writer);
                end = Math.Max(end, End(property.Value));
            }
            writer.WriteEndObject();
        }
        return (buffer.ToArray(), end);
    }

    private static JsonDocument Parse(byte[] json, string path)
    {
        try
        {
            var document = JsonDocument.Parse(json, s_lenient);
            if (document.RootElement.ValueKind == JsonValueKind.Object) return document;
            document.Dispose();
            throw new CheckpointFormatException(path, "the header is no object");
        }
        catch (JsonException e)
        {
            throw new CheckpointFormatException(path, "the header is not JSON, not even loosely", "Fetch the file again", e);
        }
    }

    private static void WriteMetadata(Utf8JsonWriter writer, JsonElement metadata, List<string> repairs)
    {
        if (metadata.ValueKind != JsonValueKind.Object)
        {
            repairs.Add("left out metadata that was no table of names and texts");
            return;
        }
        var known = new HashSet<string>(StringComparer.Ordinal);
        writer.WriteStartObject(SafetensorsHeader.MetadataKey);
        foreach (var entry in metadata.EnumerateObject())
        {
            if (!known.Add(entry.Name))
            {
                repairs.Add($"left out the second '{SafetensorsHeader.Shown(entry.Name)}' of the metadata");
                continue;
            }
            if (entry.Value.ValueKind == JsonValueKind.String)
            {
                entry.WriteTo(writer);
                continue;
            }
            writer.WriteString(entry.Name, entry.Value.GetRawText());
            repairs.Add($"made '{SafetensorsHeader.Shown(entry.Name)}' of the metadata text");
        }
        writer.WriteEndObject();
    }

    private static long End(JsonElement tensor) =>
        tensor.ValueKind == JsonValueKind.Object && tensor.TryGetProperty("data_offsets", out var offsets) && offsets.ValueKind == JsonValueKind.Array
        && offsets.GetArrayLength() == 2 && offsets[1].ValueKind == JsonValueKind.Number && offsets[1].TryGetInt64(out var end)
            ? end
            : 0;                                                                // the strict reader says what is wrong with it

    private static void Copy(FileRange file, long begin, long count, Stream to)
    {
        var buffer = new byte[Math.Min(count, 1 << 20)];
        for (var done = 0L; done < count;)
        {
            var piece = buffer.AsSpan(0, (int)Math.Min(buffer.Length, count - done));
            file.Read(begin + done, piece);
            to.Write(piece);
            done += piece.Length;
        }
    }
}
