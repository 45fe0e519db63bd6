using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LoraBridge.Generation;

/// <summary>A way to enlarge latents without decoding them.</summary>
/// <param name="Name">Its name in the WebUI.</param>
/// <param name="Mode">How cells are interpolated.</param>
/// <param name="Antialias">Whether the filter widens where latents shrink.</param>
public sealed record LatentUpscaling(string Name, InterpolationMode Mode, bool Antialias)
{
    /// <summary>The name of the one that is taken where none is named.</summary>
    public const string Default = "Latent";

    /// <summary>All of them, in the WebUI's order.</summary>
    public static IReadOnlyList<LatentUpscaling> All { get; } =
    [
        new(Default, InterpolationMode.Bilinear, Antialias: false),
        new("Latent (antialiased)", InterpolationMode.Bilinear, Antialias: true),
        new("Latent (bicubic)", InterpolationMode.Bicubic, Antialias: false),
        new("Latent (bicubic antialiased)", InterpolationMode.Bicubic, Antialias: true),
        new("Latent (nearest)", InterpolationMode.Nearest, Antialias: false),
        new("Latent (nearest-exact)", InterpolationMode.NearestExact, Antialias: false),
    ];

    /// <summary>The one of a name in any case; null when there is none.</summary>
    public static LatentUpscaling? Find(string? name) => All.FirstOrDefault(mode => string.Equals(mode.Name, name, StringComparison.OrdinalIgnoreCase));

    /// <summary>Latents at another size.</summary>
    /// <param name="latents">(B, C, h, w).</param>
    /// <param name="height">Rows of cells.</param>
    /// <param name="width">Columns of cells.</param>
    /// <returns>(B, C, height, width).</returns>
    internal Tensor Resize(Tensor latents, int height, int width) =>
        functional.interpolate(latents, size: [height, width], mode: Mode, antialias: Antialias);
}
