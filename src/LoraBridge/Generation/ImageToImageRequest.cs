using LoraBridge.Imaging;

namespace LoraBridge.Generation;

/// <summary>Pictures that begin with pictures, whole or where a mask is white.</summary>
public sealed record ImageToImageRequest : PictureRequest
{
    /// <summary>The pictures to begin with, as files (PNG, JPEG, WebP, GIF or BMP): one for all, or one for each of a batch, which is then as large.</summary>
    public IReadOnlyList<byte[]> InitPictures { get; init; } = [];

    /// <summary>How they come to the size asked for.</summary>
    public PictureResizeMode ResizeMode { get; init; } = PictureResizeMode.Stretch;

    /// <summary>How much is made anew, 0 (nearly nothing) to 1.</summary>
    public double DenoisingStrength { get; init; } = 0.75;

    /// <summary>Whether all <see cref="PictureRequest.Steps"/> are taken, and not only the strength's part of them.</summary>
    public bool ExactSteps { get; init; }

    /// <summary>What shows through transparent pictures.</summary>
    public Rgb Background { get; init; } = Rgb.White;

    /// <summary>A picture file that is white where something new is wanted; where it has transparent pixels, its alpha says so instead. Null for everywhere.</summary>
    public byte[]? Mask { get; init; }

    /// <summary>How the mask acts.</summary>
    public InpaintSettings Inpaint { get; init; } = new();

    /// <summary>A factor on the noise that the picture is given.</summary>
    public double InitialNoiseFactor { get; init; } = 1;

    /// <summary>How much of the noise is added once more.</summary>
    public double ExtraNoise { get; init; }

    /// <summary>Whether the result's colours are brought back to those of the picture it began with.</summary>
    public bool ColorCorrection { get; init; }

    /// <inheritdoc/>
    public override void Validate()
    {
        base.Validate();
        if (InitPictures.Count == 0) throw new ArgumentException($"{nameof(InitPictures)} is empty: give the picture to begin with.", nameof(InitPictures));
        if (InitPictures.Count > 1 && InitPictures.Count > BatchSize)
            throw new ArgumentException($"{nameof(InitPictures)} holds {InitPictures.Count} pictures for batches of {BatchSize}: give one, or set {nameof(BatchSize)} to their number.", nameof(InitPictures));
        Fraction(DenoisingStrength, nameof(DenoisingStrength));
        Between(InitialNoiseFactor, 0, 10, nameof(InitialNoiseFactor));
        Between(ExtraNoise, 0, 10, nameof(ExtraNoise));
        Inpaint.Validate();
    }
}

/// <summary>How a mask acts.</summary>
public sealed record InpaintSettings
{
    /// <summary>Standard deviation in pixels by which the mask is blurred from side to side.</summary>
    public int BlurX { get; init; } = 4;

    /// <summary>Standard deviation in pixels by which the mask is blurred up and down.</summary>
    public int BlurY { get; init; } = 4;

    /// <summary>Whether the mask, which is grey in places, is made black and white where it acts on latents.</summary>
    public bool Round { get; init; } = true;

    /// <summary>Whether black is painted anew and white kept.</summary>
    public bool Invert { get; init; }

    /// <summary>What lies under the mask when sampling begins.</summary>
    public MaskedContent Content { get; init; } = MaskedContent.Original;

    /// <summary>Whether only the mask's surroundings are worked on, at the full size asked for, and pasted back.</summary>
    public bool OnlyMasked { get; init; }

    /// <summary>Pixels around the mask that <see cref="OnlyMasked"/> takes with it.</summary>
    public int Padding { get; init; } = 32;

    /// <summary>Whether the pixels of the picture that the mask keeps are laid over the result.</summary>
    public bool Overlay { get; init; } = true;

    internal void Validate()
    {
        PictureRequest.Between(BlurX, 0, 1000, "Inpaint.BlurX");
        PictureRequest.Between(BlurY, 0, 1000, "Inpaint.BlurY");
        PictureRequest.Between(Padding, 0, 16384, "Inpaint.Padding");
    }
}

/// <summary>What lies under a mask when sampling begins.</summary>
public enum MaskedContent
{
    /// <summary>The colours around it, blurred into it.</summary>
    Fill,

    /// <summary>The picture.</summary>
    Original,

    /// <summary>Noise in place of the latents.</summary>
    LatentNoise,

    /// <summary>Zeros in place of the latents.</summary>
    LatentNothing,
}
