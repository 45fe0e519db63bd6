namespace LoraBridge.Imaging;

/// <summary>A picture file's format, told by its content.</summary>
public enum PictureFormat
{
    /// <summary>PNG: read and written.</summary>
    Png,

    /// <summary>JPEG: read and written, through libjpeg-turbo.</summary>
    Jpeg,

    /// <summary>WebP: read and written, through libwebp.</summary>
    WebP,

    /// <summary>GIF: the first frame is read.</summary>
    Gif,

    /// <summary>BMP: uncompressed ones are read.</summary>
    Bmp,
}
