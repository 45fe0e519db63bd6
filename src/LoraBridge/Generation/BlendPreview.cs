using LoraBridge.Diffusion.Text;
using LoraBridge.Imaging;

namespace LoraBridge.Generation;

/// <summary>Which blends shall be looked at.</summary>
public sealed record BlendPreviewRequest
{
    private const int MostBlends = 400;

    /// <summary>The prompt, the seed and all else; every blend is drawn with the seed of its first picture, so its count and batch size do not matter.</summary>
    public TextToImageRequest Picture { get; init; } = new();

    /// <summary>The blends, a picture for each.</summary>
    public IReadOnlyList<Blend> Blends { get; init; } = [];

    /// <summary>Pictures side by side on the sheet; null for about as many as there are rows.</summary>
    public int? Columns { get; init; }

    /// <summary>Pictures denoised together, 1 to 64; null for as many as have the pixels of sixteen of 256 x 256.</summary>
    public int? PicturesAtOnce { get; init; }

    /// <summary>Pictures denoised together.</summary>
    internal int AtOnce => PicturesAtOnce ?? Math.Clamp((int)(16L * 256 * 256 / ((long)Picture.Width * Picture.Height)), 1, 64);

    /// <summary>Checks the numbers.</summary>
    /// <exception cref="ArgumentOutOfRangeException">One is out of range; the message names it and what is allowed.</exception>
    public void Validate()
    {
        Picture.Validate();
        if (Blends.Count is < 1 or > MostBlends) throw new ArgumentOutOfRangeException(nameof(Blends), Blends.Count, $"{nameof(Blends)} must be 1 to {MostBlends} blends, not {Blends.Count}.");
        if (Columns is < 1 or > MostBlends) throw new ArgumentOutOfRangeException(nameof(Columns), Columns, $"{nameof(Columns)} must be from 1 to {MostBlends}, not {Columns}.");
        if (PicturesAtOnce is < 1 or > 64) throw new ArgumentOutOfRangeException(nameof(PicturesAtOnce), PicturesAtOnce, $"{nameof(PicturesAtOnce)} must be from 1 to 64, not {PicturesAtOnce}.");
    }
}

/// <summary>Blends to look at.</summary>
/// <param name="Sheet">All pictures with their labels.</param>
/// <param name="Images">A picture for each blend, in their order; its infotext gives the blend as tags.</param>
/// <param name="Warnings">What had no effect, and why.</param>
public sealed record BlendPreview(Picture Sheet, IReadOnlyList<GeneratedImage> Images, IReadOnlyList<PromptWarning> Warnings);
