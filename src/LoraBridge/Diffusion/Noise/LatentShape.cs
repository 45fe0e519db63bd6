namespace LoraBridge.Diffusion.Noise;

/// <summary>The size of one image's latents.</summary>
/// <param name="Channels">4 for Stable Diffusion.</param>
/// <param name="Height">In latent cells, an eighth of the pixels.</param>
/// <param name="Width">In latent cells, an eighth of the pixels.</param>
public readonly record struct LatentShape(int Channels, int Height, int Width)
{
    /// <summary>The number of values.</summary>
    public int Count => Channels * Height * Width;
}
