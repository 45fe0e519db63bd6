using LoraBridge.Diffusion.Noise;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Diffusion.Sampling;

/// <summary>Hands out the rows of a tensor, (n, …), one a draw.</summary>
internal sealed class GivenNoise(Tensor rows) : INoiseSource
{
    /// <summary>How many rows were taken.</summary>
    public int Draws { get; private set; }

    public Tensor Draw(Tensor latents, double sigma, double sigmaNext)
    {
        Assert.True(Draws < rows.shape[0], $"the sampler asks for noise {Draws + 1}, there are {rows.shape[0]}");
        return rows[Draws++].reshape(latents.shape);
    }
}
