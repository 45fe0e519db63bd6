using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace EmojiDiffusion.Training;

/// <summary>How far a decoded picture is from the original, and how far its latents from unit noise.</summary>
/// <remarks>
/// Differences between neighbours sharpen edges, means over 4x4 pixels keep colours. More weight on the differences learned shapes
/// without colours for a thousand steps; so did ten times the weight on the divergence, which drowned three of four channels in noise.
/// </remarks>
internal static class AutoencoderLoss
{
    private const double EdgeWeight = 0.25, CoarseWeight = 1, DivergenceWeight = 1e-4;

    /// <summary>The loss of a batch, a scalar.</summary>
    /// <param name="decoded">What came back, (B, 3, H, W).</param>
    /// <param name="images">The originals, (B, 3, H, W).</param>
    /// <param name="mean">The latents' means, (B, 4, h, w).</param>
    /// <param name="logVariance">The latents' log variances, (B, 4, h, w).</param>
    public static Tensor Of(Tensor decoded, Tensor images, Tensor mean, Tensor logVariance)
    {
        using var scope = NewDisposeScope();
        var error = decoded - images;                                           // (B, 3, H, W)
        var (height, width) = (error.shape[2], error.shape[3]);
        var across = error.narrow(3, 1, width - 1) - error.narrow(3, 0, width - 1);
        var down = error.narrow(2, 1, height - 1) - error.narrow(2, 0, height - 1);
        var loss = Distance(error)
            + ((Distance(across) + Distance(down)) * EdgeWeight)
            + (Distance(functional.avg_pool2d(error, 4)) * CoarseWeight)
            + (Divergence(mean, logVariance) * DivergenceWeight);
        return loss.MoveToOuterDisposeScope();
    }

    private static Tensor Distance(Tensor error) => error.abs().mean() + error.square().mean();

    // of N(mean, variance) from N(0, 1), the mean of all numbers of the latents
    private static Tensor Divergence(Tensor mean, Tensor logVariance) => (mean.square() + logVariance.exp() - logVariance - 1).mean() * 0.5;
}
