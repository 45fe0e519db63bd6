using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LoraBridge.Diffusion.Models;

/// <summary>
/// The variational autoencoder between pictures and latents. Its parameters are named as in a single-file checkpoint,
/// without "first_stage_model.".
/// </summary>
public sealed class AutoencoderKL : Module
{
    private readonly AutoencoderEncoder encoder;
    private readonly AutoencoderDecoder decoder;
    private readonly Conv2dLayer quant_conv, post_quant_conv;

    /// <summary>Lays the network out; it holds no tensors until it is given some.</summary>
    public AutoencoderKL(AutoencoderConfig config) : base(nameof(AutoencoderKL))
    {
        Config = config;
        encoder = new(config);
        decoder = new(config);
        quant_conv = new(2 * config.LatentChannels, 2 * config.LatentChannels, kernel: 1);
        post_quant_conv = new(config.LatentChannels, config.LatentChannels, kernel: 1);
        RegisterComponents();
    }

    /// <summary>The sizes the network was laid out by.</summary>
    public AutoencoderConfig Config { get; }

    /// <summary>The type to compute in; weights of another type are converted where they are used.</summary>
    public ScalarType ComputeType { get; set; } = ScalarType.Float32;

    /// <summary>
    /// Whether a result in a half-precision type was not finite, so that it was computed again in float32, which
    /// <see cref="ComputeType"/> has been ever since.
    /// </summary>
    public bool FellBackToFloat32 { get; private set; }

    /// <summary>Encodes pictures as distributions of latents, not yet multiplied by the scale factor.</summary>
    /// <param name="images">Pictures in [-1, 1], (B, 3, H, W), H and W multiples of 8.</param>
    /// <returns>Mean and log variance, the latter clamped to [-30, 20]: (B, 4, h, w) each, in the type of the pictures.</returns>
    /// <exception cref="ArgumentException">The shape is not that of pictures of such a size.</exception>
    public (Tensor Mean, Tensor LogVariance) Encode(Tensor images)
    {
        CheckImages(images.shape);
        using var scope = NewDisposeScope();
        var moments = Finite(images, x => quant_conv.call(encoder.call(x)));    // (B, 8, h, w)
        var halves = moments.chunk(2, dim: 1);
        return (halves[0].MoveToOuterDisposeScope(), halves[1].clamp(-30, 20).MoveToOuterDisposeScope());
    }

    /// <summary>Decodes latents to pictures.</summary>
    /// <param name="latents">Latents divided by the scale factor, (B, 4, h, w).</param>
    /// <returns>Pictures, mostly within [-1, 1], (B, 3, H, W), in the type of the latents.</returns>
    /// <exception cref="ArgumentException">The shape is not that of latents.</exception>
    public Tensor Decode(Tensor latents)
    {
        CheckLatents(latents.shape);
        return Finite(latents, x => decoder.call(post_quant_conv.call(x)));
    }

    /// <summary>Encodes large pictures tile by tile, blending the tiles where they overlap.</summary>
    /// <param name="images">As for <see cref="Encode"/>.</param>
    /// <param name="tiling">Sizes of the tiles.</param>
    /// <returns>As <see cref="Encode"/>; near, but not equal to it: each tile is normalised by itself.</returns>
    public (Tensor Mean, Tensor LogVariance) EncodeTiled(Tensor images, Tiling tiling)
    {
        CheckImages(images.shape);
        using var scope = NewDisposeScope();
        var cell = Config.PixelsPerCell;
        var (height, width) = (images.shape[2] / cell, images.shape[3] / cell);
        var moments = tiling.Blend(height, width, 1, tile =>
        {
            var part = images.narrow(2, tile.Top * cell, tile.Height * cell).narrow(3, tile.Left * cell, tile.Width * cell);
            var (mean, logVariance) = Encode(part);
            return cat([mean, logVariance], dim: 1);                            // (B, 8, tile h, tile w)
        });
        var halves = moments.chunk(2, dim: 1);
        return (halves[0].MoveToOuterDisposeScope(), halves[1].MoveToOuterDisposeScope());
    }

    /// <summary>Decodes large latents tile by tile, blending the tiles where they overlap.</summary>
    /// <param name="latents">As for <see cref="Decode"/>.</param>
    /// <param name="tiling">Sizes of the tiles.</param>
    /// <returns>As <see cref="Decode"/>; near, but not equal to it: each tile is normalised by itself.</returns>
    public Tensor DecodeTiled(Tensor latents, Tiling tiling)
    {
        CheckLatents(latents.shape);
        return tiling.Blend(latents.shape[2], latents.shape[3], Config.PixelsPerCell, tile =>
            Decode(latents.narrow(2, tile.Top, tile.Height).narrow(3, tile.Left, tile.Width)));
    }

    // some autoencoders, Stable Diffusion XL's above all, exceed what float16 can hold
    private Tensor Finite(Tensor input, Func<Tensor, Tensor> run)
    {
        using var scope = NewDisposeScope();
        var y = run(input.to(ComputeType)).to(input.dtype);
        if (ComputeType != ScalarType.Float32 && !y.isfinite().all().ToBoolean())
        {
            FellBackToFloat32 = true;
            ComputeType = ScalarType.Float32;
            y = run(input.to(ComputeType)).to(input.dtype);
        }
        return y.MoveToOuterDisposeScope();
    }

    private void CheckImages(long[] shape)
    {
        var cell = Config.PixelsPerCell;
        if (shape.Length != 4 || shape[1] != Config.ImageChannels || shape[2] % cell != 0 || shape[3] % cell != 0)
            throw new ArgumentException($"Pictures must be (B, {Config.ImageChannels}, H, W) with H and W multiples of {cell}, not [{string.Join(", ", shape)}]: resize or crop them first.");
    }

    private void CheckLatents(long[] shape)
    {
        if (shape.Length != 4 || shape[1] != Config.LatentChannels)
            throw new ArgumentException($"Latents must be (B, {Config.LatentChannels}, h, w), not [{string.Join(", ", shape)}].");
    }
}
