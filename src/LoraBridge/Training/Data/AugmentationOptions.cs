using System.ComponentModel.DataAnnotations;

namespace LoraBridge.Training.Data;

/// <summary>How a picture is varied from visit to visit, and what its alpha channel means.</summary>
public sealed record AugmentationOptions
{
    /// <summary>Mirror pictures at half of the visits; default no. Wrong for faces with a side and for text.</summary>
    public bool Flip { get; init; }

    /// <summary>Change hue or gamma a little at a third of the visits; default no. Excludes a latent cache.</summary>
    public bool Color { get; init; }

    /// <summary>Cut the bucket out at a random place at each visit instead of the middle; default no. Excludes a latent cache.</summary>
    public bool RandomCrop { get; init; }

    /// <summary>The least size of a crop around a face, in faces, for names ending <c>-cx-cy-w-h</c> (the face in pixels); null for no face crop. Excludes a latent cache.</summary>
    [Range(1.0, 100.0)]
    public double? FaceCropMinimum { get; init; }

    /// <summary>The greatest size of a crop around a face, in faces; null for the least.</summary>
    [Range(1.0, 100.0)]
    public double? FaceCropMaximum { get; init; }

    /// <summary>Take the alpha channel for the mask of the loss; default no.</summary>
    public bool AlphaMask { get; init; }

    /// <summary>The grey that transparent parts are laid over, 0 black to 255 white; default 255. Null ignores alpha and shows the colours under it.</summary>
    [Range(0, 255)]
    public int? AlphaBackground { get; init; } = 255;

    /// <summary>Whether every visit of a picture sees the same pixels but for the mirror, so that latents may be cached.</summary>
    public bool IsCacheable => !Color && !RandomCrop && FaceCropMinimum is null;
}
