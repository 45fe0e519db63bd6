using System.Security.Cryptography;
using System.Text;
using LoraBridge.Checkpoints.Naming;

namespace LoraBridge.Lora.Catalog;

/// <summary>
/// The index's file: a magic with the version, the SHA-256 of the rest, then a record for each adapter's full path. Nobody
/// else reads it, so it needs no names of fields; the hash stands for every check of what is read back.
/// </summary>
internal static class IndexFormat
{
    private static ReadOnlySpan<byte> Magic => "LBloras1"u8;

    public static byte[] Write(IReadOnlyDictionary<string, IndexRecord> records)
    {
        using var stream = new MemoryStream();
        using (var writer = new BinaryWriter(stream, Encoding.UTF8, leaveOpen: true))
        {
            writer.Write(records.Count);
            foreach (var (path, record) in records) Write(writer, path, record);
        }
        var payload = stream.GetBuffer().AsSpan(0, (int)stream.Length);
        return [.. Magic, .. SHA256.HashData(payload), .. payload];
    }

    /// <summary>The records; none when the bytes are of another version or were damaged.</summary>
    public static Dictionary<string, IndexRecord> Read(byte[] bytes)
    {
        var start = Magic.Length + SHA256.HashSizeInBytes;
        if (bytes.Length < start || !bytes.AsSpan().StartsWith(Magic)) return [];
        if (!SHA256.HashData(bytes.AsSpan(start)).AsSpan().SequenceEqual(bytes.AsSpan(Magic.Length, SHA256.HashSizeInBytes))) return [];

        using var reader = new BinaryReader(new MemoryStream(bytes, start, bytes.Length - start), Encoding.UTF8);
        var count = reader.ReadInt32();
        var records = new Dictionary<string, IndexRecord>(count, StringComparer.Ordinal);
        for (var i = 0; i < count; i++) records[reader.ReadString()] = ReadRecord(reader);
        return records;
    }

    private static void Write(BinaryWriter writer, string path, IndexRecord record)
    {
        writer.Write(path);
        Write(writer, record.Stamp);
        Write(writer, record.Header);
        writer.Write(record.ComputedHash ?? "");
        Write(writer, record.Sides.Json);
        Write(writer, record.Sides.Text);
        Write(writer, record.Sides.Description);
        writer.Write(record.Card != SideCard.None);
        if (record.Card != SideCard.None) Write(writer, record.Card);
    }

    private static IndexRecord ReadRecord(BinaryReader reader) => new(
        ReadStamp(reader), ReadHeader(reader), OrNull(reader.ReadString()),
        new(ReadStamp(reader), ReadStamp(reader), ReadStamp(reader)), reader.ReadBoolean() ? ReadCard(reader) : SideCard.None);

    private static void Write(BinaryWriter writer, FileStamp stamp)
    {
        writer.Write(stamp.Size);
        writer.Write(stamp.Modified);
        writer.Write(stamp.Created);
    }

    private static FileStamp ReadStamp(BinaryReader reader) => new(reader.ReadInt64(), reader.ReadInt64(), reader.ReadInt64());

    private static void Write(BinaryWriter writer, LoraHeader header)
    {
        writer.Write(header.OutputName);
        writer.Write((byte)header.Family);
        writer.Write((byte)header.FamilyEvidence);
        writer.Write(header.MinRank);
        writer.Write(header.MaxRank);
        writer.Write((int)header.Algorithms);
        writer.Write(header.UNetModules);
        writer.Write(header.TextModules);
        writer.Write(header.TensorCount);
        writer.Write(header.Tags.Count);
        foreach (var (tag, count) in header.Tags)
        {
            writer.Write(tag);
            writer.Write(count);
        }
        writer.Write(header.ClaimedHash ?? "");
        writer.Write(header.Problem ?? "");
    }

    private static LoraHeader ReadHeader(BinaryReader reader) => new()
    {
        OutputName = reader.ReadString(),
        Family = (ModelFamily)reader.ReadByte(),
        FamilyEvidence = (FamilyEvidence)reader.ReadByte(),
        MinRank = reader.ReadInt32(),
        MaxRank = reader.ReadInt32(),
        Algorithms = (LoraAlgorithms)reader.ReadInt32(),
        UNetModules = reader.ReadInt32(),
        TextModules = reader.ReadInt32(),
        TensorCount = reader.ReadInt32(),
        Tags = ReadTags(reader),
        ClaimedHash = OrNull(reader.ReadString()),
        Problem = OrNull(reader.ReadString()),
    };

    private static TagCount[] ReadTags(BinaryReader reader)
    {
        var tags = new TagCount[reader.ReadInt32()];
        for (var i = 0; i < tags.Length; i++) tags[i] = new(reader.ReadString(), reader.ReadInt64());
        return tags;
    }

    private static void Write(BinaryWriter writer, SideCard card)
    {
        writer.Write(card.Description);
        writer.Write((byte)card.Family);
        writer.Write(card.ActivationText);
        writer.Write(card.PreferredWeight ?? double.NaN);
        writer.Write(card.NegativeText);
        writer.Write(card.Notes);
        writer.Write(card.Problem ?? "");
    }

    private static SideCard ReadCard(BinaryReader reader) => new()
    {
        Description = reader.ReadString(),
        Family = (ModelFamily)reader.ReadByte(),
        ActivationText = reader.ReadString(),
        PreferredWeight = reader.ReadDouble() is var weight && double.IsNaN(weight) ? null : weight,
        NegativeText = reader.ReadString(),
        Notes = reader.ReadString(),
        Problem = OrNull(reader.ReadString()),
    };

    private static string? OrNull(string text) => text.Length == 0 ? null : text;
}
