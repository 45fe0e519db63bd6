using LoraBridge.Imaging.Metadata;

namespace LoraBridge.Imaging.WebP;

/// <summary>Writes lossy and lossless WebP files, the parameters in an EXIF chunk.</summary>
internal static class WebPWriter
{
    private const int MaxSide = 16383;

    public static byte[] Encode(Picture picture, string? parameters, PictureWriteOptions options)
    {
        if (picture.Width > MaxSide || picture.Height > MaxSide)
            throw new ArgumentException($"WebP holds at most {MaxSide} pixels a side; the picture has {picture.Width}x{picture.Height}. Write PNG.", nameof(picture));
        var file = LibWebP.Encode(picture.Channels == 1 ? picture.ToRgb() : picture, options.Quality, options.Lossless);
        return string.IsNullOrEmpty(parameters) ? file : WithExif(file, ExifWriter.UserComment(parameters));
    }

    // Metadata needs the extended layout: a VP8X chunk with flags and size, the image, then the metadata.
    private static byte[] WithExif(byte[] file, byte[] exif)
    {
        using var source = PictureBytes.FromMemory(file, "picture");
        var chunks = RiffChunks.Walk(source);
        var header = WebPHeader.Read(source, chunks);
        var image = chunks.Where(chunk => chunk.Type != "VP8X").Select(chunk => (chunk.Type, source.At(chunk.Offset, chunk.Length).ToArray()));
        int right = header.Width - 1, bottom = header.Height - 1;
        byte[] extended =
        [
            (byte)(WebPHeader.ExifFlag | (header.HasAlpha ? WebPHeader.AlphaFlag : 0)), 0, 0, 0,
            (byte)right, (byte)(right >> 8), (byte)(right >> 16),
            (byte)bottom, (byte)(bottom >> 8), (byte)(bottom >> 16),
        ];
        return RiffChunks.Write([("VP8X", extended), .. image, ("EXIF", exif)]);
    }
}
