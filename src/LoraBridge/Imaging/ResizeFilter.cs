namespace LoraBridge.Imaging;

/// <summary>How new pixels are made of old ones when a picture is resized; all but <see cref="Nearest"/> widen with the reduction, so nothing aliases.</summary>
public enum ResizeFilter
{
    /// <summary>The pixel whose area holds the new pixel's middle.</summary>
    Nearest,

    /// <summary>The mean of the area covered.</summary>
    Box,

    /// <summary>Linear.</summary>
    Bilinear,

    /// <summary>Cubic with a = -0.5.</summary>
    Bicubic,

    /// <summary>Lanczos with three lobes: the sharpest.</summary>
    Lanczos,
}
