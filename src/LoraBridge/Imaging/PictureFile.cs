using LoraBridge.Files;
using LoraBridge.Imaging.Bmp;
using LoraBridge.Imaging.Gif;
using LoraBridge.Imaging.Jpeg;
using LoraBridge.Imaging.Metadata;
using LoraBridge.Imaging.Png;
using LoraBridge.Imaging.WebP;

namespace LoraBridge.Imaging;

/// <summary>Reads, probes and writes picture files. The format is told by content, never by a file's name.</summary>
public static class PictureFile
{
    private const long MaxFileBytes = 1L << 30;
    private static readonly PictureReadOptions DefaultRead = new();
    private static readonly PictureWriteOptions DefaultWrite = new();

    /// <summary>Reads a picture file.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="PictureFormatException">The file is damaged, too large or not a supported picture.</exception>
    /// <exception cref="MissingPictureLibraryException">The format needs a library that is not installed.</exception>
    public static Picture Read(string path, PictureReadOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var length = new FileInfo(path).Length;
        if (length > MaxFileBytes)
            throw new PictureFormatException(path, $"the file has {length} bytes, more than a picture should", "Check that it is a picture.");
        return Read(File.ReadAllBytes(path), path, options);
    }

    /// <summary>Reads a picture from a stream, to its end.</summary>
    /// <param name="stream">The file's bytes from here on.</param>
    /// <param name="name">What errors call the picture.</param>
    /// <param name="options">How to read it.</param>
    public static Picture Read(Stream stream, string name = "picture", PictureReadOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        using var copy = new MemoryStream();
        var block = new byte[1 << 16];
        for (int read; (read = stream.Read(block)) > 0;)
        {
            if (copy.Length + read > MaxFileBytes)
                throw new PictureFormatException(name, $"there are more than {MaxFileBytes} bytes, more than a picture should have", "Check that it is a picture.");
            copy.Write(block, 0, read);
        }
        return Read(copy.GetBuffer().AsMemory(0, (int)copy.Length), name, options);
    }

    /// <summary>Reads a picture from a file's bytes.</summary>
    /// <param name="bytes">The whole file.</param>
    /// <param name="name">What errors call the picture.</param>
    /// <param name="options">How to read it.</param>
    public static Picture Read(ReadOnlyMemory<byte> bytes, string name = "picture", PictureReadOptions? options = null)
    {
        options ??= DefaultRead;
        using var source = PictureBytes.FromMemory(bytes, name);
        var info = Probe(source);
        var pixels = (long)info.StoredWidth * info.StoredHeight;
        if (pixels > options.MaxPixels)
            throw new PictureFormatException(name, $"it declares {info.StoredWidth}x{info.StoredHeight} pixels, more than the {options.MaxPixels} allowed", "Scale it down first.");
        var decoded = info.Format switch
        {
            PictureFormat.Png => PngReader.Decode(source, options),
            PictureFormat.Jpeg => JpegReader.Decode(source, options),
            PictureFormat.WebP => WebPReader.Decode(source),
            PictureFormat.Gif => GifReader.Decode(source, options),
            _ => BmpReader.Decode(source, options),
        };
        var picture = new Picture(decoded.Width, decoded.Height, decoded.Channels, decoded.Pixels) { Text = info.Text, ColorProfile = info.ColorProfile };
        return options.ApplyOrientation ? picture.Oriented(info.Orientation) : picture;
    }

    /// <summary>Reads a file's headers only: size, channels, orientation, text. The pixels may still prove damaged.</summary>
    public static PictureInfo Probe(string path)
    {
        using var source = PictureBytes.FromFile(path);
        return Probe(source);
    }

    /// <summary>Reads the headers in a file's bytes.</summary>
    /// <param name="bytes">The whole file.</param>
    /// <param name="name">What errors call the picture.</param>
    public static PictureInfo Probe(ReadOnlyMemory<byte> bytes, string name = "picture")
    {
        using var source = PictureBytes.FromMemory(bytes, name);
        return Probe(source);
    }

    /// <summary>Writes a picture file: under a temporary name in the same folder, flushed to disk, then renamed, so that no reader ever sees half a file.</summary>
    public static void Write(string path, Picture picture, PictureWriteOptions? options = null) => AtomicFile.Write(path, Encode(picture, options));

    /// <summary>A picture file's bytes.</summary>
    public static byte[] Encode(Picture picture, PictureWriteOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(picture);
        options ??= DefaultWrite;
        if (options.Quality is < 1 or > 100)
            throw new ArgumentOutOfRangeException(nameof(options), options.Quality, "Quality must be 1 to 100.");
        var text = PictureText.Merge(picture.Text, options.Parameters);
        return options.Format switch
        {
            PictureFormat.Png => PngWriter.Encode(picture, text, options.Compression),
            PictureFormat.Jpeg => JpegWriter.Encode(picture, PictureText.Parameters(text), options),
            PictureFormat.WebP => WebPWriter.Encode(picture, PictureText.Parameters(text), options),
            _ => throw new NotSupportedException($"{options.Format} pictures are only read. Write PNG, JPEG or WebP."),
        };
    }

    private static PictureInfo Probe(PictureBytes source)
    {
        if (source.Has(0, PngChunks.Signature))
            return PngReader.Probe(source);
        if (source.Has(0, [0xff, 0xd8, 0xff]))
            return JpegReader.Probe(source);
        if (source.Has(0, "RIFF"u8) && source.Has(8, "WEBP"u8))
            return WebPReader.Probe(source);
        if (source.Has(0, "GIF87a"u8) || source.Has(0, "GIF89a"u8))
            return GifReader.Probe(source);
        if (source.Has(0, "BM"u8))
            return BmpReader.Probe(source);
        throw source.Broken(source.Length == 0 ? "the file is empty" : "it is not a PNG, JPEG, WebP, GIF or BMP picture", "Convert it to PNG, JPEG or WebP.");
    }
}
