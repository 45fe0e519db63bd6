namespace LoraBridge.Imaging;

/// <summary>How a picture is read.</summary>
public sealed record PictureReadOptions
{
    /// <summary>Turn the picture as its EXIF orientation says; default true.</summary>
    public bool ApplyOrientation { get; init; } = true;

    /// <summary>Return what could be decoded of a damaged or truncated PNG, JPEG, GIF or BMP, the rest black or grey, instead of failing; default false.</summary>
    public bool AllowDamaged { get; init; }

    /// <summary>The most pixels a picture may declare; default 2^27, about 11 500 squared. A guard against files that unpack to gigabytes.</summary>
    public long MaxPixels { get; init; } = 1L << 27;
}
