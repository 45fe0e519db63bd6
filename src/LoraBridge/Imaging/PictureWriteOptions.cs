using System.IO.Compression;

namespace LoraBridge.Imaging;

/// <summary>How a picture is written.</summary>
public sealed record PictureWriteOptions
{
    /// <summary>PNG (the default), JPEG or WebP.</summary>
    public PictureFormat Format { get; init; } = PictureFormat.Png;

    /// <summary>1 to 100 for JPEG and lossy WebP; default 80. JPEG keeps colour at full resolution from 90 on.</summary>
    public int Quality { get; init; } = 80;

    /// <summary>Lossless WebP; default false. Colours under fully transparent pixels are not kept.</summary>
    public bool Lossless { get; init; }

    /// <summary>How hard PNG tries; default <see cref="CompressionLevel.Optimal"/>.</summary>
    public CompressionLevel Compression { get; init; } = CompressionLevel.Optimal;

    /// <summary>The generation parameters to store; null stores those of the picture's own text, if any.</summary>
    public string? Parameters { get; init; }

    /// <summary>What shows through where the format (JPEG) cannot hold alpha; default white.</summary>
    public Rgb Background { get; init; } = Rgb.White;
}
