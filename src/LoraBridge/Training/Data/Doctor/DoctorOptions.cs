using System.ComponentModel.DataAnnotations;

namespace LoraBridge.Training.Data.Doctor;

/// <summary>What the dataset doctor takes for a fault.</summary>
public sealed record DoctorOptions
{
    /// <summary>Pictures look the same up to so many different bits of 64 in each of two perceptual hashes; default 6.</summary>
    [Range(0, 32)]
    public int NearDuplicateBits { get; init; } = 6;

    /// <summary>A picture is blurred below this sharpness: the variance of its Laplacian by the variance of its grey, at 512 pixels; default 0.003.</summary>
    [Range(0.0, 10.0)]
    public double LeastSharpness { get; init; } = 0.003;

    /// <summary>A picture is small where it must be enlarged more than so many times; default 1.</summary>
    [Range(1.0, 10.0)]
    public double MostEnlargement { get; init; } = 1;

    /// <summary>A picture is extreme whose long side is more than so many times the short one; default 2.5.</summary>
    [Range(1.0, 100.0)]
    public double MostAspect { get; init; } = 2.5;

    /// <summary>A picture is badly cut when its bucket loses more than this part of it; default 0.25.</summary>
    [Range(0.0, 1.0)]
    public double MostLoss { get; init; } = 0.25;

    /// <summary>A mask leaves too little when its mean is below this; default 0.02.</summary>
    [Range(0.0, 1.0)]
    public double LeastMask { get; init; } = 0.02;

    /// <summary>Fewer training pictures are too few; default 5.</summary>
    [Range(1, 10_000)]
    public int FewestPictures { get; init; } = 5;

    /// <summary>More training pictures are too many for a LoRA; default 5000.</summary>
    [Range(1, 10_000_000)]
    public int MostPictures { get; init; } = 5000;

    /// <summary>How many pictures are decoded at once; 0, the default, for one each processor, two at least.</summary>
    [Range(0, 64)]
    public int Threads { get; init; }
}
