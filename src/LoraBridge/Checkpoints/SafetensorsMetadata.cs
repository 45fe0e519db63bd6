using System.Buffers.Binary;
using System.Text.Encodings.Web;
using System.Text.Json;
using LoraBridge.Files;

namespace LoraBridge.Checkpoints;

/// <summary>Changes what a safetensors file says of itself. Its tensors stay byte for byte and in their order, and so does the hash of its data.</summary>
public static class SafetensorsMetadata
{
    private static readonly JsonWriterOptions s_writer = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Puts other metadata in the place of a file's own; the file is replaced whole or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <param name="metadata">All of the new metadata.</param>
    /// <exception cref="CheckpointFormatException">The file breaks a rule of the format, or its header would become too long.</exception>
    public static void Replace(string path, IReadOnlyDictionary<string, string> metadata)
    {
        ArgumentNullException.ThrowIfNull(metadata);
        using var file = FileRange.Open(path);
        var old = SafetensorsHeader.Read(file);
        var header = Header(old, metadata);
        var dataLength = file.Length - old.DataStart;
        if (header.Length > SafetensorsHeader.MaxLength)
            throw new CheckpointFormatException(path, $"the header would be {header.Length:N0} bytes long and {SafetensorsHeader.MaxLength:N0} are allowed", "Shorten the metadata");
        SafetensorsHeader.Parse(header, dataLength, path);                      // what is written can be read

        using var written = new AtomicFile(path);
        Span<byte> prefix = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(prefix, header.Length);
        written.Stream.Write(prefix);
        written.Stream.Write(header);
        Copy(file, old.DataStart, written.Stream);
        written.Commit();
    }

    // padded, so that the data begins at a multiple of 8
    private static byte[] Header(SafetensorsHeader old, IReadOnlyDictionary<string, string> metadata)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, s_writer))
        {
            json.WriteStartObject();
            json.WriteStartObject(SafetensorsHeader.MetadataKey);
            foreach (var (key, text) in metadata) json.WriteString(key, text);
            json.WriteEndObject();
            foreach (var tensor in old.Tensors.Values) Write(json, tensor);
            json.WriteEndObject();
        }
        while (buffer.Length % 8 != 0) buffer.WriteByte((byte)' ');
        return buffer.ToArray();
    }

    private static void Write(Utf8JsonWriter json, TensorEntry tensor)
    {
        json.WriteStartObject(tensor.Name);
        json.WriteString("dtype", tensor.Type.FormatName());
        json.WriteStartArray("shape");
        foreach (var length in tensor.Shape) json.WriteNumberValue(length);
        json.WriteEndArray();
        json.WriteStartArray("data_offsets");
        json.WriteNumberValue(tensor.Begin);
        json.WriteNumberValue(tensor.End);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Copy(FileRange file, long begin, Stream to)
    {
        var buffer = new byte[Math.Min(file.Length - begin, 1 << 20)];
        for (var at = begin; at < file.Length;)
        {
            var piece = buffer.AsSpan(0, (int)Math.Min(buffer.Length, file.Length - at));
            file.Read(at, piece);
            to.Write(piece);
            at += piece.Length;
        }
    }
}
