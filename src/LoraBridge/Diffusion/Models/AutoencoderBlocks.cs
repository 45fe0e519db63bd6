using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LoraBridge.Diffusion.Models;

/// <summary>Two convolutions around a skip connection: (B, C, H, W) to (B, C', H, W).</summary>
internal sealed class AutoencoderResBlock : Module<Tensor, Tensor>
{
    private readonly GroupNormLayer norm1, norm2;
    private readonly Conv2dLayer conv1, conv2;
    private readonly Conv2dLayer? nin_shortcut;                                 // only where the width changes

    public AutoencoderResBlock(long groups, long inputChannels, long channels) : base(nameof(AutoencoderResBlock))
    {
        norm1 = new(groups, inputChannels, epsilon: 1e-6, withSilu: true);
        conv1 = new(inputChannels, channels, kernel: 3, padding: 1);
        norm2 = new(groups, channels, epsilon: 1e-6, withSilu: true);
        conv2 = new(channels, channels, kernel: 3, padding: 1);
        if (inputChannels != channels) nin_shortcut = new(inputChannels, channels, kernel: 1);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        var h = conv1.call(norm1.call(x));                                      // (B, C', H, W)
        h = conv2.call(norm2.call(h));                                          // (B, C', H, W)
        return Activations.Add(h, nin_shortcut?.call(x) ?? x).MoveToOuterDisposeScope();
    }
}

/// <summary>Attention of all cells to all cells with a single head: (B, C, h, w) to (B, C, h, w).</summary>
internal sealed class AutoencoderAttention : Module<Tensor, Tensor>
{
    private readonly GroupNormLayer norm;
    private readonly Conv2dLayer q, k, v, proj_out;

    public AutoencoderAttention(long groups, long channels) : base(nameof(AutoencoderAttention))
    {
        norm = new(groups, channels, epsilon: 1e-6);
        q = new(channels, channels, kernel: 1);
        k = new(channels, channels, kernel: 1);
        v = new(channels, channels, kernel: 1);
        proj_out = new(channels, channels, kernel: 1);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        var (height, width) = (x.shape[2], x.shape[3]);
        var h = norm.call(x);                                                   // (B, C, h, w)
        var y = Attention.OfTokens(ToTokens(q.call(h)), ToTokens(k.call(h)), ToTokens(v.call(h)), heads: 1);    // (B, S, C)
        y = y.transpose(1, 2).unflatten(-1, height, width);                     // (B, C, h, w)
        return Activations.Add(proj_out.call(y.contiguous()), x).MoveToOuterDisposeScope();
    }

    private static Tensor ToTokens(Tensor map) => map.flatten(start_dim: 2).transpose(1, 2);    // (B, S, C)
}

/// <summary>The blocks at the coarsest resolution.</summary>
internal sealed class AutoencoderMiddle : Module<Tensor, Tensor>
{
    private readonly AutoencoderResBlock block_1, block_2;
    private readonly AutoencoderAttention attn_1;

    public AutoencoderMiddle(long groups, long channels) : base(nameof(AutoencoderMiddle))
    {
        block_1 = new(groups, channels, channels);
        attn_1 = new(groups, channels);
        block_2 = new(groups, channels, channels);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        return block_2.call(attn_1.call(block_1.call(x))).MoveToOuterDisposeScope();
    }
}

/// <summary>One resolution: residual blocks, then, but for the last, a change of size.</summary>
internal sealed class AutoencoderLevel : Module<Tensor, Tensor>
{
    private readonly ModuleList<AutoencoderResBlock> block;
    private readonly AutoencoderDownsample? downsample;
    private readonly Upsample? upsample;

    private AutoencoderLevel(long groups, long inputChannels, long channels, int blocks, bool isDown, bool isUp) : base(nameof(AutoencoderLevel))
    {
        block = new([.. Enumerable.Range(0, blocks).Select(i => new AutoencoderResBlock(groups, i == 0 ? inputChannels : channels, channels))]);
        if (isDown) downsample = new(channels);
        if (isUp) upsample = new(channels);
        RegisterComponents();
    }

    /// <summary>A level of the encoder.</summary>
    public static AutoencoderLevel Down(long groups, long inputChannels, long channels, int blocks, bool isLast) =>
        new(groups, inputChannels, channels, blocks, isDown: !isLast, isUp: false);

    /// <summary>A level of the decoder.</summary>
    public static AutoencoderLevel Up(long groups, long inputChannels, long channels, int blocks, bool isLast) =>
        new(groups, inputChannels, channels, blocks, isDown: false, isUp: !isLast);

    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        foreach (var layer in block) x = layer.call(x);
        if (downsample is not null) x = downsample.call(x);
        if (upsample is not null) x = upsample.call(x);
        return x.MoveToOuterDisposeScope();
    }
}

/// <summary>Halves a feature map; the zeros go to the right and the bottom only: (B, C, H, W) to (B, C, H/2, W/2).</summary>
internal sealed class AutoencoderDownsample : Module<Tensor, Tensor>
{
    private readonly Conv2dLayer conv;

    public AutoencoderDownsample(long channels) : base(nameof(AutoencoderDownsample))
    {
        conv = new(channels, channels, kernel: 3, stride: 2);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        return conv.call(functional.pad(x, (0L, 1L, 0L, 1L))).MoveToOuterDisposeScope();
    }
}
