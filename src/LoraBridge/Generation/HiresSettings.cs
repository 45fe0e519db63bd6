namespace LoraBridge.Generation;

/// <summary>The second pass of the WebUI's "hires fix": the picture is enlarged, partly noised, and denoised again.</summary>
public sealed record HiresSettings
{
    /// <summary>The factor of both sides; counts where neither <see cref="ResizeWidth"/> nor <see cref="ResizeHeight"/> is given.</summary>
    public double Scale { get; init; } = 2;

    /// <summary>The width in pixels; 0 follows the height. With both given the picture covers them and is cut around its middle.</summary>
    public int ResizeWidth { get; init; }

    /// <summary>The height in pixels; 0 follows the width.</summary>
    public int ResizeHeight { get; init; }

    /// <summary>A latent mode such as "Latent (nearest-exact)", or the name of an upscaler of pixels.</summary>
    public string Upscaler { get; init; } = LatentUpscaling.Default;

    /// <summary>Steps of the second pass, all of which are taken; 0 for as many as the first has.</summary>
    public int Steps { get; init; }

    /// <summary>The second pass's sampler; null for the first's.</summary>
    public string? Sampler { get; init; }

    /// <summary>The second pass's scheduler; null for the first's.</summary>
    public string? Scheduler { get; init; }

    /// <summary>The second pass's prompt, with tags of its own; empty for the first's.</summary>
    public string Prompt { get; init; } = "";

    /// <summary>The second pass's negative prompt; empty for the first's.</summary>
    public string NegativePrompt { get; init; } = "";

    /// <summary>How much of the enlarged picture is made anew, 0 (nothing) to 1.</summary>
    public double DenoisingStrength { get; init; } = 0.75;

    /// <summary>The path of the checkpoint that draws the second pass; null for the first's.</summary>
    public string? ModelPath { get; init; }

    /// <summary>Which part of the tokens is merged in the second pass's attention, 0 to 1; 0 for as many as in the first's.</summary>
    public double TokenMergingRatio { get; init; }

    internal void Validate(TextToImageRequest request)
    {
        PictureRequest.Between(Steps, 0, 1000, "Hires.Steps");
        PictureRequest.Fraction(DenoisingStrength, "Hires.DenoisingStrength");
        PictureRequest.Fraction(TokenMergingRatio, "Hires.TokenMergingRatio");
        PictureRequest.Between(ResizeWidth, 0, 16384, "Hires.ResizeWidth");
        PictureRequest.Between(ResizeHeight, 0, 16384, "Hires.ResizeHeight");
        var target = HiresSize.Of(request.Width, request.Height, this);
        PictureRequest.Between(target.Width, 8, 16384, "Hires: the width that results");
        PictureRequest.Between(target.Height, 8, 16384, "Hires: the height that results");
        if (LatentUpscaling.Find(Upscaler) is null) _ = Upscalers.Get(Upscaler);
    }
}
