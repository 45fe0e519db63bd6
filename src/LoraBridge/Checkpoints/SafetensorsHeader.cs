using System.Buffers.Binary;
using System.Text.Json;
using System.Text.Unicode;

namespace LoraBridge.Checkpoints;

/// <summary>A safetensors header, checked against every rule of the format before anything of it is believed.</summary>
/// <param name="Tensors">By key, in the order of the data.</param>
/// <param name="Metadata">By key, in the order of the header.</param>
/// <param name="HasMetadata">Whether there is a metadata object at all, be it empty.</param>
/// <param name="DataStart">Where the data buffer begins in the file.</param>
internal sealed record SafetensorsHeader(
    IReadOnlyDictionary<string, TensorEntry> Tensors, IReadOnlyDictionary<string, string> Metadata, bool HasMetadata, long DataStart)
{
    /// <summary>The longest header the reference reader accepts, in bytes.</summary>
    public const long MaxLength = 100_000_000;

    public const string MetadataKey = "__metadata__";

    private const string Incomplete = "The download or copy is incomplete: fetch it again";

    /// <summary>Reads the first 8 + N bytes of the file and no more.</summary>
    public static SafetensorsHeader Read(FileRange file)
    {
        if (file.Length < 8)
            throw new CheckpointFormatException(file.Path, $"a safetensors file begins with 8 bytes of header length, this one has {file.Length}", Incomplete);
        Span<byte> prefix = stackalloc byte[8];
        file.Read(0, prefix);
        var length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);

        if (length > (ulong)MaxLength)
            throw new CheckpointFormatException(file.Path, $"the header would be {length:N0} bytes long and {MaxLength:N0} are allowed: this is not a safetensors file");
        if ((long)length > file.Length - 8)
            throw new CheckpointFormatException(file.Path, $"the header is {length:N0} bytes long and {(long)length - (file.Length - 8):N0} of them are missing", Incomplete);

        var json = new byte[length];                                            // at most the file's own length
        file.Read(8, json);
        return Parse(json, file.Length - 8 - (long)length, file.Path);
    }

    /// <summary>Parses a header whose data buffer has the given length.</summary>
    public static SafetensorsHeader Parse(ReadOnlySpan<byte> json, long bufferLength, string path)
    {
        if (json is not [(byte)'{', ..])
            throw new CheckpointFormatException(path, "the header does not begin with '{'");
        if (!Utf8.IsValid(json))
            throw new CheckpointFormatException(path, "the header is not valid UTF-8");
        try
        {
            return ReadObject(json, bufferLength, path);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)  // the latter: half of a surrogate pair
        {
            throw new CheckpointFormatException(path, "the header is not valid JSON", inner: e);
        }
    }

    private static SafetensorsHeader ReadObject(ReadOnlySpan<byte> json, long bufferLength, string path)
    {
        var entries = new List<TensorEntry>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        IReadOnlyDictionary<string, string>? metadata = null;

        var reader = new Utf8JsonReader(json);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var name = reader.GetString()!;
            if (!names.Add(name))
                throw new CheckpointFormatException(path, $"the key '{Shown(name)}' stands twice in the header");
            reader.Read();
            if (name == MetadataKey) metadata = ReadMetadata(ref reader, path);
            else entries.Add(SafetensorsEntryReader.Read(ref reader, name, path));
        }
        while (reader.Read())
        {
            // anything but white space after the object throws
        }

        return new SafetensorsHeader(InDataOrder(entries, bufferLength, path), metadata ?? new Dictionary<string, string>(), metadata is not null, 8 + json.Length);
    }

    private static OrderedDictionary<string, string> ReadMetadata(ref Utf8JsonReader reader, string path)
    {
        const string Cure = "Rewrite the file with text values only";
        if (reader.TokenType != JsonTokenType.StartObject)
            throw new CheckpointFormatException(path, $"{MetadataKey} is not an object", Cure);
        var metadata = new OrderedDictionary<string, string>(StringComparer.Ordinal);
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var key = reader.GetString()!;
            reader.Read();
            if (reader.TokenType != JsonTokenType.String)
                throw new CheckpointFormatException(path, $"the metadata '{Shown(key)}' is not text but {reader.TokenType}", Cure);
            if (!metadata.TryAdd(key, reader.GetString()!))
                throw new CheckpointFormatException(path, $"the metadata '{Shown(key)}' stands twice");
        }
        return metadata;
    }

    private static OrderedDictionary<string, TensorEntry> InDataOrder(List<TensorEntry> entries, long bufferLength, string path)
    {
        var tensors = new OrderedDictionary<string, TensorEntry>(entries.Count, StringComparer.Ordinal);
        var expected = 0L;
        foreach (var entry in entries.OrderBy(entry => entry.Begin).ThenBy(entry => entry.End))
        {
            if (entry.Begin > expected)
                throw new CheckpointFormatException(path, $"{entry.Begin - expected:N0} bytes before '{Shown(entry.Name)}' belong to no tensor");
            if (entry.Begin < expected)
                throw new CheckpointFormatException(path, $"'{Shown(entry.Name)}' begins at {entry.Begin:N0}, inside the tensor before it, which ends at {expected:N0}");
            expected = entry.End;
            tensors.Add(entry.Name, entry);
        }
        if (expected > bufferLength)
            throw new CheckpointFormatException(path, $"the tensors take {expected:N0} bytes and {expected - bufferLength:N0} of them are missing", Incomplete);
        if (expected < bufferLength)
            throw new CheckpointFormatException(path, $"{bufferLength - expected:N0} bytes follow the last tensor and belong to none", "Cut them off if you trust the file");
        return tensors;
    }

    /// <summary>A name short enough for a message: a hostile one may be as long as the file.</summary>
    internal static string Shown(string name) => name.Length <= 200 ? name : name[..200] + "…";
}
