using System.Buffers.Binary;
using System.Text;

namespace LoraBridge.Checkpoints;

/// <summary>
/// Where the reference writer puts everything: the header's bytes and the order of the tensors. Files of the same tensors
/// are alike byte for byte, and so are their hashes.
/// </summary>
internal sealed class SafetensorsLayout
{
    // half of a surrogate pair has no UTF-8 and must not turn into a question mark
    private static readonly UTF8Encoding _utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private SafetensorsLayout(byte[] header, IReadOnlyList<TensorEntry> entries)
    {
        Header = header;
        Entries = entries;
    }

    /// <summary>The eight bytes of length, the JSON and its padding.</summary>
    public byte[] Header { get; }

    /// <summary>The tensors in the order of their data.</summary>
    public IReadOnlyList<TensorEntry> Entries { get; }

    public long DataLength => Entries.Count == 0 ? 0 : Entries[^1].End;

    public long FileLength => Header.Length + DataLength;

    public static SafetensorsLayout Of(
        IEnumerable<(string Name, TensorType Type, IReadOnlyList<long> Shape)> tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        var entries = new List<TensorEntry>();
        var begin = 0L;
        foreach (var (name, type, shape) in tensors.OrderByDescending(tensor => tensor.Type).ThenBy(tensor => _utf8.GetBytes(tensor.Name), Utf8Order.Instance))
        {
            if (name == SafetensorsHeader.MetadataKey)
                throw new ArgumentException($"A tensor cannot be named '{name}': the format keeps that name for its metadata.", nameof(tensors));
            var length = type.ByteLength(shape)
                ?? throw new ArgumentException($"The tensor '{name}' of type {type.FormatName()} and shape [{string.Join(", ", shape)}] has no whole number of bytes.", nameof(tensors));
            var end = checked(begin + length);
            entries.Add(new TensorEntry(name, type, shape, begin, end));
            begin = end;
        }
        return new SafetensorsLayout(HeaderOf(entries, metadata), entries);
    }

    private static byte[] HeaderOf(List<TensorEntry> entries, IReadOnlyDictionary<string, string>? metadata)
    {
        var json = _utf8.GetBytes(Json(entries, metadata));
        var length = (json.Length + 7) / 8 * 8;                                 // so that the data begins at a multiple of 8
        if (length > SafetensorsHeader.MaxLength)
            throw new ArgumentException($"The header would take {length:N0} bytes and readers accept {SafetensorsHeader.MaxLength:N0}: shorten the metadata.", nameof(metadata));
        var header = new byte[8 + length];
        BinaryPrimitives.WriteInt64LittleEndian(header, length);
        json.CopyTo(header, 8);
        header.AsSpan(8 + json.Length).Fill((byte)' ');
        return header;
    }

    private static string Json(List<TensorEntry> entries, IReadOnlyDictionary<string, string>? metadata)
    {
        var json = new StringBuilder("{");
        if (metadata is not null)
        {
            AppendText(json, SafetensorsHeader.MetadataKey).Append(":{");
            // the reference writer's order of metadata is that of a hash map; sorted, two runs write the same bytes
            foreach (var (key, value) in metadata.OrderBy(pair => _utf8.GetBytes(pair.Key), Utf8Order.Instance))
            {
                AppendComma(json);
                AppendText(AppendText(json, key).Append(':'), value);
            }
            json.Append('}');
        }
        foreach (var entry in entries)
        {
            AppendComma(json);
            AppendText(json, entry.Name).Append(":{\"dtype\":\"").Append(entry.Type.FormatName())
                .Append("\",\"shape\":[").AppendJoin(',', entry.Shape)
                .Append("],\"data_offsets\":[").Append(entry.Begin).Append(',').Append(entry.End).Append("]}");
        }
        return json.Append('}').ToString();
    }

    private static void AppendComma(StringBuilder json)
    {
        if (json[^1] != '{') json.Append(',');
    }

    /// <summary>Escapes what the reference writer escapes, and nothing more: the header's length enters a hash.</summary>
    private static StringBuilder AppendText(StringBuilder json, string text)
    {
        json.Append('"');
        foreach (var c in text)
            _ = c switch
            {
                '"' => json.Append("\\\""),
                '\\' => json.Append("\\\\"),
                '\b' => json.Append("\\b"),
                '\f' => json.Append("\\f"),
                '\n' => json.Append("\\n"),
                '\r' => json.Append("\\r"),
                '\t' => json.Append("\\t"),
                < ' ' => json.Append("\\u").Append(((int)c).ToString("x4")),
                _ => json.Append(c),
            };
        return json.Append('"');
    }

    private sealed class Utf8Order : IComparer<byte[]>
    {
        public static Utf8Order Instance { get; } = new();

        public int Compare(byte[]? x, byte[]? y) => x.AsSpan().SequenceCompareTo(y);
    }
}
