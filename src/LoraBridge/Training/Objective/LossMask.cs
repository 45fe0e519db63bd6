using LoraBridge.Training.Settings;
using static TorchSharp.torch;

namespace LoraBridge.Training.Objective;

/// <summary>Masks of a batch as the loss takes them.</summary>
internal static class LossMask
{
    /// <summary>Masks at the latents' size: resized by area, raised to the least weight, and now and then ignored.</summary>
    /// <param name="masks">Weights from 0 to 1 in pixels or latent cells, (B, 1, H, W).</param>
    /// <param name="like">Latents or a loss, (B, C, h, w).</param>
    /// <param name="options">The least weight, and the chance of ignoring a mask.</param>
    /// <param name="place">Where in the run.</param>
    /// <returns>(B, 1, h, w), float32.</returns>
    public static Tensor Prepare(Tensor masks, Tensor like, LossOptions options, DrawPlace place)
    {
        var (given, size) = (masks.shape, like.shape);
        if (given.Length != 4 || given[0] != size[0] || given[1] != 1)
            throw new ArgumentException($"Masks must be of shape [{size[0]}, 1, H, W], and are [{string.Join(", ", given)}].", nameof(masks));
        using var scope = NewDisposeScope();
        var mask = masks.to(float32, like.device);
        if (given[2] != size[2] || given[3] != size[3])
            mask = nn.functional.interpolate(mask, size: [size[2], size[3]], mode: InterpolationMode.Area);
        mask = mask.clamp(options.UnmaskedWeight, 1);
        if (options.UnmaskedProbability > 0)
        {
            // a mask that is ignored has weight 1 everywhere
            var ignored = Enumerable.Range(0, (int)size[0]).Select(i => place.Sample(i, DrawPurpose.MaskUse).NextUniform() < options.UnmaskedProbability ? 1f : 0f).ToArray();
            mask = mask.maximum(tensor(ignored, dtype: float32, device: like.device).view(-1, 1, 1, 1));
        }
        return mask.MoveToOuterDisposeScope();
    }

    /// <summary>Each sample's mean of the masked loss; normalised, a small mask counts as much as a large one.</summary>
    /// <param name="loss">(B, C, h, w).</param>
    /// <param name="mask">(B, 1, h, w).</param>
    /// <param name="normalize">Divide by the mask's mean.</param>
    /// <returns>(B).</returns>
    public static Tensor Mean(Tensor loss, Tensor mask, bool normalize)
    {
        using var scope = NewDisposeScope();
        var mean = (loss * mask).mean([1, 2, 3]);
        // a mask without a white place leaves no loss at all, not a division by 0
        if (normalize) mean = mean / mask.mean([1, 2, 3]).clamp_min(1e-6);
        return mean.MoveToOuterDisposeScope();
    }
}
