using System.Buffers.Binary;

namespace LoraBridge.Imaging.Png;

/// <summary>PNG's checksum (polynomial 0xEDB88320), eight bytes at a time.</summary>
internal static class Crc32
{
    private static readonly uint[] Tables = MakeTables();

    /// <summary>The checksum of a chunk's type and data.</summary>
    public static uint Of(ReadOnlySpan<byte> type, ReadOnlySpan<byte> data) => ~Add(Add(uint.MaxValue, type), data);

    private static uint Add(uint crc, ReadOnlySpan<byte> data)
    {
        var t = Tables;
        for (; data.Length >= 8; data = data[8..])
        {
            var low = crc ^ BinaryPrimitives.ReadUInt32LittleEndian(data);
            var high = BinaryPrimitives.ReadUInt32LittleEndian(data[4..]);
            crc = t[7 * 256 + (low & 255)] ^ t[6 * 256 + (low >> 8 & 255)] ^ t[5 * 256 + (low >> 16 & 255)] ^ t[4 * 256 + (low >> 24)]
                ^ t[3 * 256 + (high & 255)] ^ t[2 * 256 + (high >> 8 & 255)] ^ t[256 + (high >> 16 & 255)] ^ t[high >> 24];
        }
        foreach (var value in data)
            crc = t[(crc ^ value) & 255] ^ crc >> 8;
        return crc;
    }

    // table k holds the effect of a byte that is followed by k zero bytes
    private static uint[] MakeTables()
    {
        var tables = new uint[8 * 256];
        for (uint n = 0; n < 256; n++)
        {
            var crc = n;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc & 1) != 0 ? 0xEDB88320u ^ crc >> 1 : crc >> 1;
            tables[n] = crc;
        }
        for (var i = 256; i < tables.Length; i++)
            tables[i] = tables[tables[i - 256] & 255] ^ tables[i - 256] >> 8;
        return tables;
    }
}
