using LoraBridge.Imaging;

namespace LoraBridge.Generation;

/// <summary>How finished pictures are enlarged: the WebUI's "extras".</summary>
public sealed record ExtrasRequest
{
    /// <summary>Whether <see cref="Width"/> and <see cref="Height"/> count, and not <see cref="Factor"/>.</summary>
    public bool ToSize { get; init; }

    /// <summary>The factor of both sides, above 0.</summary>
    public double Factor { get; init; } = 2;

    /// <summary>Pixels that the picture shall cover.</summary>
    public int Width { get; init; } = 512;

    /// <summary>Pixels that the picture shall cover.</summary>
    public int Height { get; init; } = 512;

    /// <summary>Whether what stands over <see cref="Width"/> and <see cref="Height"/> is cut off.</summary>
    public bool Crop { get; init; } = true;

    /// <summary>The upscaler's name; with None nothing happens.</summary>
    public string Upscaler { get; init; } = "None";

    /// <summary>The name of a second upscaler, whose result is mixed into the first's.</summary>
    public string SecondUpscaler { get; init; } = "None";

    /// <summary>How much of the second's result is seen, 0 to 1.</summary>
    public double SecondVisibility { get; init; }

    /// <summary>Checks the numbers.</summary>
    /// <exception cref="ArgumentOutOfRangeException">One is out of range; the message names it and what is allowed.</exception>
    /// <exception cref="ArgumentException">There is no such upscaler.</exception>
    public void Validate()
    {
        if (!(Factor > 0 && Factor <= 64)) throw new ArgumentOutOfRangeException(nameof(Factor), Factor, $"{nameof(Factor)} must be above 0 and up to 64, not {Factor}.");
        PictureRequest.Between(Width, 1, 32768, nameof(Width));
        PictureRequest.Between(Height, 1, 32768, nameof(Height));
        PictureRequest.Fraction(SecondVisibility, nameof(SecondVisibility));
        _ = Upscalers.Get(Upscaler);
        _ = Upscalers.Get(SecondUpscaler);
    }
}

/// <summary>An enlarged picture.</summary>
/// <param name="Picture">The picture; its own generation parameters stay, what was done stands under the key <c>extras</c>.</param>
/// <param name="Infotext">What was done, as key and value pairs.</param>
public sealed record ExtrasResult(Picture Picture, string Infotext);
