using System.IO.Compression;
using LoraBridge.Imaging.Metadata;

namespace LoraBridge.Imaging.Png;

/// <summary>Reads PNG files: every colour type and depth, interlaced or not.</summary>
internal static class PngReader
{
    /// <summary>Deflate cannot pack more than 1032 bytes into one, so a file that promises more is not worth an allocation.</summary>
    private const long LargestPackingRatio = 1032;

    private const int ZlibHeader = 2;

    private const int MaxProfileBytes = 4 << 20;

    // start and distance of the pixels of each pass, across and down
    private static readonly (int X, int Y, int StepX, int StepY)[] WholePicture = [(0, 0, 1, 1)];
    private static readonly (int X, int Y, int StepX, int StepY)[] Adam7 =
        [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)];

    public static PictureInfo Probe(PictureBytes source)
    {
        var chunks = PngChunks.Walk(source);
        var header = PngHeader.Read(source, chunks);
        var text = PngText.Read(source, chunks);
        var exif = ReadExif(source, chunks);
        if (exif.UserComment is { } comment)
            text[PictureText.UserCommentKey] = comment;
        return new()
        {
            Format = PictureFormat.Png,
            StoredWidth = header.Width,
            StoredHeight = header.Height,
            Channels = new PngPixels(header, [], ReadTransparency(source, chunks)).Channels,
            BitDepth = header.BitDepth,
            Orientation = exif.Orientation,
            ColorProfile = ReadProfileName(source, chunks),
            Text = text,
        };
    }

    public static Picture Decode(PictureBytes source, PictureReadOptions options)
    {
        var chunks = PngChunks.Walk(source);
        var header = PngHeader.Read(source, chunks);
        CheckCritical(source, chunks, header, options);

        var palette = chunks.Find(chunk => chunk.Type == "PLTE") is { Type: not null } plte ? source.At(plte.Offset, plte.Length).ToArray() : [];
        var pixels = new PngPixels(header, palette, ReadTransparency(source, chunks));
        var data = ImageData(source, chunks);
        if (data.Length < ZlibHeader || (data[0] & 15) != 8 || (data[1] & 0x20) != 0)
            throw source.Broken("the PNG file is truncated or damaged: its data does not begin as deflate data do");
        var passes = header.IsInterlaced ? Adam7 : WholePicture;
        var unpacked = passes.Sum(pass => PassBytes(header, pass));
        if (unpacked > (data.Length + 1) * LargestPackingRatio && !options.AllowDamaged)
            throw source.Broken($"the PNG file is truncated: {data.Length} bytes of data cannot hold {header.Width}x{header.Height} pixels");

        var picture = new Picture(header.Width, header.Height, pixels.Channels);
        // The zlib header and the checksum behind the last row are passed over: each chunk's own checksum has been proved, and
        // a wrong one at the end would take rows with it that are right.
        using var rows = new DeflateStream(new MemoryStream(data, ZlibHeader, data.Length - ZlibHeader), CompressionMode.Decompress);
        var restored = 0;
        try
        {
            foreach (var pass in passes)
                ReadPass(rows, header, pass, pixels, picture, source, ref restored);
        }
        catch (Exception damage) when (damage is InvalidDataException or IOException)
        {
            if (!options.AllowDamaged)
                throw source.Broken($"the PNG file is truncated or damaged: its data ends or fails after {restored} rows", inner: damage);
        }
        return picture;
    }

    private static void ReadPass(
        DeflateStream rows, PngHeader header, (int X, int Y, int StepX, int StepY) pass, PngPixels pixels, Picture picture, PictureBytes source, ref int restored)
    {
        int width = Size(header.Width, pass.X, pass.StepX), height = Size(header.Height, pass.Y, pass.StepY);
        if (width == 0 || height == 0)
            return;
        var line = new byte[1 + header.RowBytes(width)];    // the filter's number, then the row
        var prior = new byte[line.Length];
        var expanded = pass.StepX == 1 ? [] : new byte[width * pixels.Channels];
        for (var y = 0; y < height; y++, restored++)
        {
            rows.ReadExactly(line);
            if (!PngFilter.Restore(line[0], line.AsSpan(1), prior.AsSpan(1), header.FilterStep))
                throw new InvalidDataException($"there is no PNG filter {line[0]}");
            var target = picture.Row(pass.Y + y * pass.StepY);
            if (pass.StepX == 1)
            {
                pixels.Expand(line.AsSpan(1), width, target);
            }
            else
            {
                pixels.Expand(line.AsSpan(1), width, expanded);
                Scatter(expanded, target, pass.X, pass.StepX, pixels.Channels);
            }
            (line, prior) = (prior, line);
        }
    }

    private static void Scatter(ReadOnlySpan<byte> pixels, Span<byte> row, int start, int step, int channels)
    {
        for (int i = 0, o = start * channels; i < pixels.Length; i += channels, o += step * channels)
            pixels.Slice(i, channels).CopyTo(row[o..]);
    }

    private static void CheckCritical(PictureBytes source, List<PngChunk> chunks, PngHeader header, PictureReadOptions options)
    {
        foreach (var chunk in chunks.Where(chunk => chunk.IsCritical))
        {
            if (chunk.Type is not ("IHDR" or "PLTE" or "IDAT" or "IEND"))
                throw source.Unsupported($"the PNG file has a chunk {chunk.Type} that only its own program understands");
            // a chunk that the end of the file cuts is judged by the rows in it
            if (chunk is { Type: "PLTE" or "IDAT", IsCut: false } && !options.AllowDamaged && !PngChunks.IsIntact(source, chunk))
                throw source.Broken($"the PNG file is damaged: the checksum of a chunk {chunk.Type} is wrong");
        }
        if (!chunks.Exists(chunk => chunk.Type == "IDAT"))
            throw source.Broken("the PNG file holds no picture data");
        if (header.Color == PngColor.Palette && !chunks.Exists(chunk => chunk.Type == "PLTE"))
            throw source.Broken("the PNG file lacks its palette");
    }

    private static byte[] ImageData(PictureBytes source, List<PngChunk> chunks)
    {
        var parts = chunks.Where(chunk => chunk.Type == "IDAT").ToList();
        var data = new byte[parts.Sum(part => (long)part.Length)];
        var at = 0;
        foreach (var part in parts)
        {
            source.At(part.Offset, part.Length).CopyTo(data.AsSpan(at));
            at += part.Length;
        }
        return data;
    }

    private static byte[] ReadTransparency(PictureBytes source, List<PngChunk> chunks) =>
        chunks.Find(chunk => chunk.Type == "tRNS") is { Type: not null, Length: <= 256 } chunk && PngChunks.IsIntact(source, chunk)
            ? source.At(chunk.Offset, chunk.Length).ToArray()
            : [];

    private static ExifReader ReadExif(PictureBytes source, List<PngChunk> chunks) =>
        ExifReader.Read(chunks.Find(chunk => chunk.Type == "eXIf") is { Type: not null } chunk && PngChunks.IsIntact(source, chunk)
            ? source.At(chunk.Offset, chunk.Length)
            : []);

    // a name, a zero, the compression method, the packed profile
    private static string? ReadProfileName(PictureBytes source, List<PngChunk> chunks)
    {
        if (chunks.Find(chunk => chunk.Type == "iCCP") is not { Type: not null, Length: <= MaxProfileBytes } chunk || !PngChunks.IsIntact(source, chunk))
            return null;
        var data = source.At(chunk.Offset, chunk.Length);
        var end = data.IndexOf((byte)0);
        if (end < 1 || end + 2 > data.Length)
            return null;
        var name = System.Text.Encoding.Latin1.GetString(data[..end]);
        return PngText.Inflate(data[(end + 2)..], MaxProfileBytes) is { } profile ? IccProfile.Name(profile, name) : name;
    }

    private static long PassBytes(PngHeader header, (int X, int Y, int StepX, int StepY) pass)
    {
        int width = Size(header.Width, pass.X, pass.StepX), height = Size(header.Height, pass.Y, pass.StepY);
        return width == 0 ? 0 : (1L + header.RowBytes(width)) * height;
    }

    private static int Size(int whole, int start, int step) => whole <= start ? 0 : (whole - start + step - 1) / step;
}
