using LoraBridge.Diffusion.Models;
using LoraBridge.Diffusion.Noise;
using LoraBridge.Imaging;
using static TorchSharp.torch;

namespace LoraBridge.Generation;

/// <summary>Pictures to scaled latents and back, large ones tile by tile.</summary>
internal sealed class LatentCodec(StableDiffusionModel model)
{
    /// <summary>More pixels than this are done tile by tile, if the request leaves it open.</summary>
    private const int MostPixelsAtOnce = 1024 * 1024;

    private readonly double _scale = model.Hints.ScaleFactor ?? 0.18215;

    /// <summary>Pixels along the side of a latent cell.</summary>
    public int PixelsPerCell => model.Autoencoder.Config.PixelsPerCell;

    /// <summary>Decodes the latents of one picture.</summary>
    /// <param name="latents">(1, 4, h, w).</param>
    /// <param name="tiled">Whether tile by tile; null decides by the size.</param>
    public Picture Decode(Tensor latents, bool? tiled)
    {
        using var scope = NewDisposeScope();
        var unscaled = latents / _scale;
        return PictureTensor.ToPicture(IsTiled(latents.shape[2] * latents.shape[3] * PixelsPerCell * PixelsPerCell, tiled)
            ? model.Autoencoder.DecodeTiled(unscaled, new())
            : model.Autoencoder.Decode(unscaled));
    }

    /// <summary>Encodes one picture as a distribution of latents.</summary>
    /// <param name="picture">Both sides at least a cell; what is over a multiple of 8 on the right and below is cut off.</param>
    /// <param name="tiled">Whether tile by tile; null decides by the size.</param>
    /// <exception cref="ArgumentException">The picture is too small.</exception>
    public LatentDistribution Encode(Picture picture, bool? tiled)
    {
        var cell = PixelsPerCell;
        var (width, height) = (picture.Width / cell * cell, picture.Height / cell * cell);
        if (width == 0 || height == 0) throw new ArgumentException($"A picture of {picture.Width}x{picture.Height} is too small: both sides need {cell} pixels.", nameof(picture));
        using var scope = NewDisposeScope();
        var pixels = picture.Cropped(0, 0, width, height).ToTensor(device: model.Device);           // (1, 3, H, W)
        var (mean, logVariance) = IsTiled((long)width * height, tiled) ? model.Autoencoder.EncodeTiled(pixels, new()) : model.Autoencoder.Encode(pixels);
        return new((mean * _scale).DetachFromDisposeScope(), ((logVariance * 0.5).exp() * _scale).DetachFromDisposeScope());
    }

    private static bool IsTiled(long pixels, bool? tiled) => tiled ?? pixels > MostPixelsAtOnce;
}

/// <summary>The latents that a picture may have, in no scope.</summary>
/// <param name="Mean">(1, 4, h, w), float32, scaled.</param>
/// <param name="Spread">Standard deviations, (1, 4, h, w).</param>
internal sealed record LatentDistribution(Tensor Mean, Tensor Spread) : IDisposable
{
    /// <summary>The latents that a picture of a job begins with, (1, 4, h, w): the same in a batch as alone.</summary>
    /// <param name="seeds">The job's seeds.</param>
    /// <param name="image">The picture, counted over the job from 0.</param>
    public Tensor Draw(SeedPlan seeds, int image)
    {
        using var scope = NewDisposeScope();
        // the stream that the start noise is not from: the two must not be the same numbers
        var origin = seeds.Origin == NoiseOrigin.Cpu ? NoiseOrigin.Philox : NoiseOrigin.Cpu;
        var noise = tensor(NormalGenerator.First(origin, seeds.SeedOf(image), (int)Mean.NumberOfElements), Mean.shape, dtype: float32, device: Mean.device);
        return (Mean + Spread * noise).MoveToOuterDisposeScope();
    }

    public void Dispose()
    {
        Mean.Dispose();
        Spread.Dispose();
    }
}
