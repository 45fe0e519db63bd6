using System.ComponentModel.DataAnnotations;

namespace LoraBridge.Training.Data;

/// <summary>Everything about the training data of one run.</summary>
public sealed record DataOptions
{
    /// <summary>The sources of pictures, one or more.</summary>
    [Required, MinLength(1)]
    public required IReadOnlyList<DatasetOptions> Datasets { get; init; }

    /// <summary>How captions are processed, where a source does not say otherwise.</summary>
    public CaptionOptions Captions { get; init; } = new();

    /// <summary>At which sizes pictures are trained.</summary>
    public BucketOptions Buckets { get; init; } = new();

    /// <summary>How pictures are varied, where a source does not say otherwise.</summary>
    public AugmentationOptions Augmentation { get; init; } = new();
}
