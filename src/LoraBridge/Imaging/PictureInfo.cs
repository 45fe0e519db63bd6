using LoraBridge.Imaging.Metadata;

namespace LoraBridge.Imaging;

/// <summary>What a picture file says about itself, read without decoding its pixels.</summary>
public sealed record PictureInfo
{
    /// <summary>The format, told by content.</summary>
    public required PictureFormat Format { get; init; }

    /// <summary>Pixels in a stored row, before orientation.</summary>
    public required int StoredWidth { get; init; }

    /// <summary>Stored rows, before orientation.</summary>
    public required int StoredHeight { get; init; }

    /// <summary>Channels the picture has when read: 1 (grey), 3 (RGB) or 4 (RGBA).</summary>
    public required int Channels { get; init; }

    /// <summary>Bits of a sample, or of a palette index, in the file: 1 to 16.</summary>
    public required int BitDepth { get; init; }

    /// <summary>Whether the samples are inks (CMYK), which are converted plainly when read.</summary>
    public bool IsCmyk { get; init; }

    /// <summary>EXIF orientation, 1 to 8; 1 is upright, 5 to 8 exchange width and height.</summary>
    public int Orientation { get; init; } = 1;

    /// <summary>The name of the embedded colour profile, or null when there is none.</summary>
    public string? ColorProfile { get; init; }

    /// <summary>Text in the file, by its key there: PNG keywords, <c>UserComment</c> (EXIF), <c>Comment</c> (GIF, JPEG).</summary>
    public required IReadOnlyDictionary<string, string> Text { get; init; }

    /// <summary>Pixels in a row, orientation applied.</summary>
    public int Width => Orientation >= 5 ? StoredHeight : StoredWidth;

    /// <summary>Rows, orientation applied.</summary>
    public int Height => Orientation >= 5 ? StoredWidth : StoredHeight;

    /// <summary>Whether the file carries a colour profile (ICC).</summary>
    public bool HasColorProfile => ColorProfile is not null;

    /// <summary>The generation parameters among <see cref="Text"/>, or null.</summary>
    public string? Parameters => PictureText.Parameters(Text);
}
