using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace LoraBridge.Imaging.Png;

/// <summary>Writes 8-bit grey, RGB and RGBA PNG files.</summary>
internal static class PngWriter
{
    public static byte[] Encode(Picture picture, IReadOnlyDictionary<string, string> text, CompressionLevel compression)
    {
        using var file = new MemoryStream();
        file.Write(PngChunks.Signature);
        WriteChunk(file, "IHDR", Header(picture));
        foreach (var (keyword, value) in text)
        {
            var (type, data) = PngText.Write(keyword, value);
            WriteChunk(file, type, data);
        }
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, compression, leaveOpen: true))
            WriteRows(zlib, picture);
        WriteChunk(file, "IDAT", packed.GetBuffer().AsSpan(0, (int)packed.Length));
        WriteChunk(file, "IEND", []);
        return file.ToArray();
    }

    private static byte[] Header(Picture picture)
    {
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, picture.Width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), picture.Height);
        header[8] = 8;
        header[9] = (byte)(picture.Channels switch { 1 => PngColor.Grey, 3 => PngColor.Rgb, _ => PngColor.Rgba });
        return header;
    }

    // each row by the filter that leaves the smallest differences
    private static void WriteRows(ZLibStream zlib, Picture picture)
    {
        var (line, best) = (new byte[1 + picture.Stride], new byte[1 + picture.Stride]);
        ReadOnlySpan<byte> prior = new byte[picture.Stride];
        for (var y = 0; y < picture.Height; y++)
        {
            var row = picture.Row(y);
            var least = long.MaxValue;
            for (var filter = 0; filter < PngFilter.Count; filter++)
            {
                line[0] = (byte)filter;
                PngFilter.Apply(filter, row, prior, picture.Channels, line.AsSpan(1));
                var cost = PngFilter.Cost(line.AsSpan(1));
                if (cost >= least)
                    continue;
                least = cost;
                (line, best) = (best, line);
            }
            zlib.Write(best);
            prior = row;
        }
    }

    private static void WriteChunk(MemoryStream file, string type, ReadOnlySpan<byte> data)
    {
        Span<byte> number = stackalloc byte[4], letters = stackalloc byte[4];
        Encoding.ASCII.GetBytes(type, letters);
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        file.Write(number);
        file.Write(letters);
        file.Write(data);
        BinaryPrimitives.WriteUInt32BigEndian(number, Crc32.Of(letters, data));
        file.Write(number);
    }
}
