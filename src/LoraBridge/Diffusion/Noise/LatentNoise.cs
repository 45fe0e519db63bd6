using static TorchSharp.torch;

namespace LoraBridge.Diffusion.Noise;

/// <summary>The noise of a batch of images: one stream an image, so that an image in a batch is the image alone.</summary>
public sealed class LatentNoise : INoiseSource
{
    private readonly LatentShape _shape;
    private readonly NormalGenerator[] _streams;
    private readonly float[] _start;

    /// <summary>Draws the start noise and leaves the streams where a sampler goes on.</summary>
    /// <param name="plan">The job's seeds.</param>
    /// <param name="shape">The size of each image's latents.</param>
    /// <param name="count">The number of images in the batch.</param>
    /// <param name="firstImage">The batch's first image, counted over the job from 0.</param>
    public LatentNoise(SeedPlan plan, LatentShape shape, int count, int firstImage = 0)
    {
        _shape = shape;
        _streams = [.. Enumerable.Range(firstImage, count).Select(image => NormalGenerator.Create(plan.Origin, plan.SeedOf(image)))];
        _start = [.. Enumerable.Range(0, count).SelectMany(i => StartNoise.Draw(plan, shape, firstImage + i, _streams[i]))];
        if (plan.EtaNoiseSeedDelta != 0)
            _streams = [.. Enumerable.Range(firstImage, count).Select(image => NormalGenerator.Create(plan.Origin, plan.SeedOf(image) + plan.EtaNoiseSeedDelta))];
    }

    /// <summary>The unit noise that sampling begins with, (B, C, h, w) in float32.</summary>
    public Tensor Start(Device? device = null) => ToTensor(_start, device ?? CPU);

    /// <inheritdoc/>
    public Tensor Draw(Tensor latents, double sigma, double sigmaNext)
    {
        var values = new float[_streams.Length * _shape.Count];
        for (var i = 0; i < _streams.Length; i++) _streams[i].Fill(values.AsSpan(i * _shape.Count, _shape.Count));
        using var scope = NewDisposeScope();
        return ToTensor(values, latents.device).to(latents.dtype).MoveToOuterDisposeScope();
    }

    private Tensor ToTensor(float[] values, Device device) =>
        tensor(values, [_streams.Length, _shape.Channels, _shape.Height, _shape.Width], dtype: float32, device: device);
}
