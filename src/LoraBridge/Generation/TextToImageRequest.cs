namespace LoraBridge.Generation;

/// <summary>Pictures that begin with noise.</summary>
public sealed record TextToImageRequest : PictureRequest
{
    /// <summary>
    /// A safetensors file whose tensor "noise", (4, h, w) or (B, 4, h, w) of unit noise, takes the place of the seeds' start
    /// noise; null draws it. What a sampler adds later comes from the seeds all the same.
    /// </summary>
    public string? StartNoisePath { get; init; }

    /// <summary>A second pass at a larger size; null for none.</summary>
    public HiresSettings? Hires { get; init; }

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        Hires?.Validate(this);
    }
}
