using static TorchSharp.torch;

namespace LoraBridge.Diffusion.Noise;

/// <summary>One image's noise for every image of a batch: what differs between them then comes from elsewhere.</summary>
/// <param name="image">The noise of one image.</param>
public sealed class SharedNoise(INoiseSource image) : INoiseSource
{
    /// <inheritdoc/>
    public Tensor Draw(Tensor latents, double sigma, double sigmaNext)
    {
        using var scope = NewDisposeScope();
        return image.Draw(latents.narrow(0, 0, 1), sigma, sigmaNext).expand(latents.shape[0], -1, -1, -1).contiguous().MoveToOuterDisposeScope();
    }
}
