using static TorchSharp.torch;

namespace EmojiDiffusion.Training;

/// <summary>Where latents lie and how far they spread, channel by channel, and how to fold that into the autoencoder's two 1x1 convolutions.</summary>
/// <param name="Means">The mean of each channel of the latents.</param>
/// <param name="Spreads">The standard deviation of each channel.</param>
internal sealed record LatentScale(float[] Means, float[] Spreads)
{
    /// <summary>What Stable Diffusion 1.x multiplies latents by.</summary>
    public const double Factor = 0.18215;

    /// <summary>The scale of the latents given, (B, C, h, w).</summary>
    public static LatentScale Of(Tensor latents)
    {
        using var scope = NewDisposeScope();
        var channels = latents.transpose(0, 1).flatten(start_dim: 1);           // (C, B h w)
        var means = channels.mean([1]);
        var spreads = (channels - means.unsqueeze(1)).square().mean([1]).sqrt();
        return new(means.cpu().data<float>().ToArray(), spreads.cpu().data<float>().ToArray());
    }

    /// <summary>
    /// The autoencoder's tensors with other 1x1 convolutions between its halves, so that latents times <see cref="Factor"/> have mean 0 and
    /// spread 1, while pictures come back as before.
    /// </summary>
    /// <param name="tensors">The autoencoder's tensors by their names, float32 on the CPU; the four of the convolutions are replaced.</param>
    public void Fold(Dictionary<string, Tensor> tensors)
    {
        using var scope = NewDisposeScope();
        var count = Means.Length;
        var mean = tensor(Means);                                               // (C)
        var unit = tensor(Spreads) * Factor;                                    // (C): what becomes 1 / factor
        // rows of the encoder's convolution: means, then log variances
        var rows = cat([ones(count, dtype: float32) / unit, ones(count, dtype: float32)]);              // (2C)
        var shift = cat([-mean / unit, -2 * unit.log()]);                       // (2C)
        Replace("quant_conv.weight", weight => weight * rows.view(-1, 1, 1, 1));
        Replace("quant_conv.bias", bias => (bias * rows) + shift);
        var decoding = tensors["post_quant_conv.weight"];                       // (C, C, 1, 1)
        var offset = (decoding * mean.view(1, -1, 1, 1)).sum([1, 2, 3]);        // (C)
        Replace("post_quant_conv.bias", bias => bias + offset);
        Replace("post_quant_conv.weight", weight => weight * unit.view(1, -1, 1, 1));

        void Replace(string name, Func<Tensor, Tensor> change) => tensors[name] = change(tensors[name]).DetachFromDisposeScope();
    }
}
