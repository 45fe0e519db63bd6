using System.ComponentModel.DataAnnotations;
using LoraBridge.Imaging;

namespace LoraBridge.Training.Data;

/// <summary>At which sizes pictures are trained.</summary>
public sealed record BucketOptions
{
    /// <summary>Train each picture at a size of about its own shape (aspect-ratio buckets), default; otherwise all are cut to one size.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>Width in pixels of the area aimed at; default 512.</summary>
    [Range(64, 4096)]
    public int Width { get; init; } = 512;

    /// <summary>Height in pixels of the area aimed at; default 512.</summary>
    [Range(64, 4096)]
    public int Height { get; init; } = 512;

    /// <summary>The shortest side of a bucket in pixels; default 256. Ignored where nothing is enlarged.</summary>
    [Range(64, 4096)]
    public int MinimumSide { get; init; } = 256;

    /// <summary>The longest side of a bucket in pixels; default 1024. Ignored where nothing is enlarged.</summary>
    [Range(64, 8192)]
    public int MaximumSide { get; init; } = 1024;

    /// <summary>Sides of buckets are multiples of so many pixels, itself a multiple of 8; default 64, which the UNet halves evenly.</summary>
    [Range(8, 512)]
    public int Step { get; init; } = 64;

    /// <summary>Never enlarge a picture: small ones get buckets of their own size; default no.</summary>
    public bool NoUpscale { get; init; }

    /// <summary>How pictures are made smaller; default the mean of the area.</summary>
    public ResizeFilter ShrinkFilter { get; init; } = ResizeFilter.Box;

    /// <summary>How pictures are enlarged; default Lanczos.</summary>
    public ResizeFilter EnlargeFilter { get; init; } = ResizeFilter.Lanczos;
}
