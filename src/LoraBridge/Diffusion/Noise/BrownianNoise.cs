using static TorchSharp.torch;

namespace LoraBridge.Diffusion.Noise;

/// <summary>The noise of SDE samplers: a Brownian path over sigma for each image, so that more steps refine a picture instead of changing it.</summary>
public sealed class BrownianNoise : INoiseSource
{
    private readonly LatentShape _shape;
    private readonly BrownianTree[] _paths;

    /// <summary>The paths of a batch of images.</summary>
    /// <param name="plan">The job's seeds.</param>
    /// <param name="shape">The size of each image's latents.</param>
    /// <param name="count">The number of images in the batch.</param>
    /// <param name="sigmas">The noise levels of the run; the paths span the least above 0 to the greatest.</param>
    /// <param name="firstImage">The batch's first image, counted over the job from 0.</param>
    public BrownianNoise(SeedPlan plan, LatentShape shape, int count, IReadOnlyList<double> sigmas, int firstImage = 0)
    {
        _shape = shape;
        var (least, greatest) = (sigmas.Where(sigma => sigma > 0).Min(), sigmas.Max());
        _paths = [.. Enumerable.Range(firstImage, count).Select(image => new BrownianTree(plan.Origin, plan.SeedOf(image), shape.Count, least, greatest))];
    }

    /// <inheritdoc/>
    /// <remarks>The path runs from little noise to much, a step the other way: hence the sign.</remarks>
    public Tensor Draw(Tensor latents, double sigma, double sigmaNext)
    {
        using var scope = NewDisposeScope();
        float[] increments = [.. _paths.AsParallel().AsOrdered().SelectMany(path => path.Increment(Math.Min(sigma, sigmaNext), Math.Max(sigma, sigmaNext)))];
        var sign = sigma > sigmaNext ? -1 : 1;
        return (tensor(increments, [_paths.Length, _shape.Channels, _shape.Height, _shape.Width], dtype: float32, device: latents.device)
            / (sign * Math.Sqrt(Math.Abs(sigmaNext - sigma)))).to(latents.dtype).MoveToOuterDisposeScope();
    }
}
