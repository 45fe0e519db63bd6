using LoraBridge.Imaging.Metadata;

namespace LoraBridge.Imaging;

/// <summary>An 8-bit picture in memory: rows from the top, samples interleaved, no padding.</summary>
public sealed class Picture
{
    private static readonly Dictionary<string, string> NoText = [];

    /// <summary>Takes over <paramref name="pixels"/>, which must hold exactly height x width x channels bytes.</summary>
    /// <param name="width">Pixels in a row, 1 or more.</param>
    /// <param name="height">Rows, 1 or more.</param>
    /// <param name="channels">1 (grey), 3 (RGB) or 4 (RGBA, alpha not multiplied in).</param>
    /// <param name="pixels">The samples; not copied.</param>
    public Picture(int width, int height, int channels, byte[] pixels)
    {
        ArgumentNullException.ThrowIfNull(pixels);
        var expected = SizeOf(width, height, channels);
        if (pixels.Length != expected)
            throw new ArgumentException($"A picture of {width}x{height} with {channels} channels takes {expected} bytes; {pixels.Length} were given.", nameof(pixels));

        Width = width;
        Height = height;
        Channels = channels;
        Pixels = pixels;
    }

    /// <summary>A black picture (transparent black with four channels).</summary>
    public Picture(int width, int height, int channels) : this(width, height, channels, new byte[SizeOf(width, height, channels)]) { }

    /// <summary>Pixels in a row.</summary>
    public int Width { get; }

    /// <summary>Rows.</summary>
    public int Height { get; }

    /// <summary>1 (grey), 3 (RGB) or 4 (RGBA).</summary>
    public int Channels { get; }

    /// <summary>The samples, (H, W, C), row by row from the top.</summary>
    public byte[] Pixels { get; }

    /// <summary>Bytes in a row: width x channels.</summary>
    public int Stride => Width * Channels;

    /// <summary>Text found in or meant for the file, by its key there: PNG keywords, <c>UserComment</c> (EXIF), <c>Comment</c> (GIF, JPEG).</summary>
    public IReadOnlyDictionary<string, string> Text { get; init; } = NoText;

    /// <summary>The name of the colour profile the file carried, or null; the profile itself is not applied.</summary>
    public string? ColorProfile { get; init; }

    /// <summary>The generation parameters among <see cref="Text"/>, or null.</summary>
    public string? Parameters => PictureText.Parameters(Text);

    /// <summary>One row's samples, from the top; writing to it changes the picture.</summary>
    public Span<byte> Row(int y) => Pixels.AsSpan(y * Stride, Stride);

    /// <summary>New pixels with this picture's text and profile name.</summary>
    internal Picture With(int width, int height, int channels, byte[] pixels) => new(width, height, channels, pixels) { Text = Text, ColorProfile = ColorProfile };

    private static long SizeOf(int width, int height, int channels)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        if (channels is not (1 or 3 or 4))
            throw new ArgumentOutOfRangeException(nameof(channels), channels, "A picture has 1 (grey), 3 (RGB) or 4 (RGBA) channels.");
        var size = (long)width * height * channels;
        if (size > Array.MaxLength)
            throw new ArgumentOutOfRangeException(nameof(width), width, $"A picture of {width}x{height} with {channels} channels does not fit in memory's largest array.");
        return size;
    }
}
