using LoraBridge.Imaging.Metadata;

namespace LoraBridge.Imaging.WebP;

/// <summary>Reads WebP files through libwebp: lossy and lossless, with and without alpha.</summary>
internal static class WebPReader
{
    private const int MaxProfileBytes = 4 << 20;

    public static PictureInfo Probe(PictureBytes source)
    {
        var chunks = RiffChunks.Walk(source);
        var header = WebPHeader.Read(source, chunks);
        var exif = ExifReader.Read(Data(source, chunks, "EXIF"));
        var text = new Dictionary<string, string>();
        if (exif.UserComment is { } comment)
            text[PictureText.UserCommentKey] = comment;
        var profile = Data(source, chunks, "ICCP");
        return new()
        {
            Format = PictureFormat.WebP,
            StoredWidth = header.Width,
            StoredHeight = header.Height,
            Channels = header.HasAlpha ? 4 : 3,
            BitDepth = 8,
            Orientation = exif.Orientation,
            ColorProfile = profile.IsEmpty ? null : IccProfile.Name(profile),
            Text = text,
        };
    }

    public static Picture Decode(PictureBytes source)
    {
        var header = WebPHeader.Read(source, RiffChunks.Walk(source));
        if (header.IsAnimated)
            throw source.Unsupported("the WebP file is an animation; only still pictures are read");
        var file = source.At(0, source.Length);
        // libwebp judges the size again, from the image data itself
        if (LibWebP.Size(file) != (header.Width, header.Height))
            throw source.Broken("the WebP file is damaged: its headers contradict each other");
        var picture = new Picture(header.Width, header.Height, header.HasAlpha ? 4 : 3);
        if (!LibWebP.Decode(file, picture))
            throw source.Broken("the WebP file is truncated or damaged");
        return picture;
    }

    private static ReadOnlySpan<byte> Data(PictureBytes source, List<RiffChunk> chunks, string type) =>
        chunks.Find(chunk => chunk.Type == type) is { Type: not null, IsCut: false, Length: <= MaxProfileBytes } chunk ? source.At(chunk.Offset, chunk.Length) : [];
}
