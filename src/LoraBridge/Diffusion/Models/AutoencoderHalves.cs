using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LoraBridge.Diffusion.Models;

/// <summary>Pictures (B, 3, H, W) to mean and log variance (B, 8, h, w), before the last 1x1 convolution.</summary>
internal sealed class AutoencoderEncoder : Module<Tensor, Tensor>
{
    private readonly Conv2dLayer conv_in, conv_out;
    private readonly ModuleList<AutoencoderLevel> down;
    private readonly AutoencoderMiddle mid;
    private readonly GroupNormLayer norm_out;

    public AutoencoderEncoder(AutoencoderConfig config) : base(nameof(AutoencoderEncoder))
    {
        var widths = config.EncoderChannels;
        conv_in = new(config.ImageChannels, widths[0], kernel: 3, padding: 1);
        down = new([.. widths.Select((width, i) => AutoencoderLevel.Down(
            config.NormGroups, widths[Math.Max(i - 1, 0)], width, config.EncoderBlocks, isLast: i == widths.Count - 1))]);
        mid = new(config.NormGroups, widths[^1]);
        norm_out = new(config.NormGroups, widths[^1], epsilon: 1e-6, withSilu: true);
        conv_out = new(widths[^1], 2 * config.LatentChannels, kernel: 3, padding: 1);
        RegisterComponents();
    }

    public override Tensor forward(Tensor images)
    {
        using var scope = NewDisposeScope();
        var h = conv_in.call(images);                                           // (B, C, H, W)
        foreach (var level in down) h = Activations.Replace(h, level.call(h));              // (B, C, h, w) at last
        h = Activations.Replace(h, mid.call(h));
        return conv_out.call(norm_out.call(h)).MoveToOuterDisposeScope();     // (B, 8, h, w)
    }
}

/// <summary>Latents (B, 4, h, w), after the first 1x1 convolution, to pictures (B, 3, H, W).</summary>
internal sealed class AutoencoderDecoder : Module<Tensor, Tensor>
{
    private readonly Conv2dLayer conv_in, conv_out;
    private readonly AutoencoderMiddle mid;
    private readonly ModuleList<AutoencoderLevel> up;                           // numbered from the finest, run from the coarsest
    private readonly GroupNormLayer norm_out;

    public AutoencoderDecoder(AutoencoderConfig config) : base(nameof(AutoencoderDecoder))
    {
        var widths = config.DecoderChannels;
        conv_in = new(config.LatentChannels, widths[^1], kernel: 3, padding: 1);
        mid = new(config.NormGroups, widths[^1]);
        up = new([.. widths.Select((width, i) => AutoencoderLevel.Up(
            config.NormGroups, widths[Math.Min(i + 1, widths.Count - 1)], width, config.DecoderBlocks, isLast: i == 0))]);
        norm_out = new(config.NormGroups, widths[0], epsilon: 1e-6, withSilu: true);
        conv_out = new(widths[0], config.ImageChannels, kernel: 3, padding: 1);
        RegisterComponents();
    }

    public override Tensor forward(Tensor latents)
    {
        using var scope = NewDisposeScope();
        var h = conv_in.call(latents);                                          // (B, C, h, w)
        h = Activations.Replace(h, mid.call(h));
        for (var i = up.Count - 1; i >= 0; i--) h = Activations.Replace(h, up[i].call(h));   // (B, C, H, W) at last
        return conv_out.call(norm_out.call(h)).MoveToOuterDisposeScope();     // (B, 3, H, W)
    }
}
