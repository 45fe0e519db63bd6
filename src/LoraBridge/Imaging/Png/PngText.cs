using System.IO.Compression;
using System.Text;

namespace LoraBridge.Imaging.Png;

/// <summary>The text chunks of a PNG file: tEXt and zTXt in Latin-1, iTXt in UTF-8.</summary>
internal static class PngText
{
    /// <summary>No entry may unpack to more; larger ones are skipped. The longest workflows seen in pictures have a few hundred kilobytes.</summary>
    public const int MaxEntryBytes = 8 << 20;

    private const int MaxTotalBytes = 32 << 20;

    /// <summary>All readable entries; of two with the same keyword the later counts.</summary>
    public static Dictionary<string, string> Read(PictureBytes source, IEnumerable<PngChunk> chunks)
    {
        var text = new Dictionary<string, string>();
        var budget = MaxTotalBytes;
        foreach (var chunk in chunks.Where(chunk => chunk.Type is "tEXt" or "zTXt" or "iTXt"))
        {
            if (chunk.Length > MaxEntryBytes || !PngChunks.IsIntact(source, chunk))
                continue;
            if (ReadEntry(chunk.Type, source.At(chunk.Offset, chunk.Length)) is not { } entry || entry.Value.Length > budget)
                continue;
            budget -= entry.Value.Length;
            text[entry.Key] = entry.Value;
        }
        return text;
    }

    /// <summary>A chunk for an entry: tEXt where the value fits Latin-1, otherwise iTXt.</summary>
    public static (string Type, byte[] Data) Write(string keyword, string value)
    {
        if (keyword.Length is 0 or > 79 || keyword.Any(letter => letter is < ' ' or > '~'))
            throw new ArgumentException($"A PNG text keyword has 1 to 79 printable ASCII characters; \"{keyword}\" does not.", nameof(keyword));
        var key = Encoding.Latin1.GetBytes(keyword);
        return value.All(letter => letter <= 0xff)
            ? ("tEXt", [.. key, 0, .. Encoding.Latin1.GetBytes(value)])
            : ("iTXt", [.. key, 0, 0, 0, 0, 0, .. Encoding.UTF8.GetBytes(value)]);
    }

    /// <summary>Unpacks a zlib stream of at most <paramref name="limit"/> bytes; null where it is longer or damaged.</summary>
    public static byte[]? Inflate(ReadOnlySpan<byte> packed, int limit)
    {
        using var zlib = new ZLibStream(new MemoryStream(packed.ToArray()), CompressionMode.Decompress);
        using var unpacked = new MemoryStream();
        var block = new byte[16 << 10];
        try
        {
            for (int read; (read = zlib.Read(block)) > 0;)
            {
                if (unpacked.Length + read > limit)
                    return null;
                unpacked.Write(block, 0, read);
            }
        }
        catch (Exception damage) when (damage is InvalidDataException or IOException)
        {
            return null; // a spoilt comment does not spoil the picture; a stream that asks for a dictionary is an IOException
        }
        return unpacked.ToArray();
    }

    private static KeyValuePair<string, string>? ReadEntry(string type, ReadOnlySpan<byte> data)
    {
        var end = data.IndexOf((byte)0);
        if (end is < 1 or > 79)
            return null;
        var keyword = Encoding.Latin1.GetString(data[..end]);
        var value = data[(end + 1)..];
        var decoded = type switch
        {
            "tEXt" => Encoding.Latin1.GetString(value),
            "zTXt" => value is [0, ..] && Inflate(value[1..], MaxEntryBytes) is { } unpacked ? Encoding.Latin1.GetString(unpacked) : null,
            _ => International(value),
        };
        return decoded is null ? null : new(keyword, decoded);
    }

    // compression flag and method, language and translated keyword (each ended by a zero), text
    private static string? International(ReadOnlySpan<byte> value)
    {
        if (value.Length < 2 || value[1] != 0)
            return null;
        var isPacked = value[0] != 0;
        value = value[2..];
        for (var i = 0; i < 2; i++)
        {
            var end = value.IndexOf((byte)0);
            if (end < 0)
                return null;
            value = value[(end + 1)..];
        }
        if (!isPacked)
            return Encoding.UTF8.GetString(value);
        return Inflate(value, MaxEntryBytes) is { } unpacked ? Encoding.UTF8.GetString(unpacked) : null;
    }
}
