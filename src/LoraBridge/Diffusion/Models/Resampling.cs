using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LoraBridge.Diffusion.Models;

/// <summary>Halves a feature map by a convolution: (B, C, h, w) to (B, C, ⌈h/2⌉, ⌈w/2⌉).</summary>
internal sealed class Downsample : Module<Tensor, Tensor>
{
    private readonly Conv2dLayer op;

    public Downsample(long channels) : base(nameof(Downsample))
    {
        op = new(channels, channels, kernel: 3, stride: 2, padding: 1);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x) => op.call(x);
}

/// <summary>Doubles a feature map by repeating its cells, then convolves it: (B, C, h, w) to (B, C, 2h, 2w).</summary>
internal sealed class Upsample : Module<Tensor, Tensor>
{
    private static readonly double[] s_twice = [2, 2];
    private readonly Conv2dLayer conv;

    public Upsample(long channels) : base(nameof(Upsample))
    {
        conv = new(channels, channels, kernel: 3, padding: 1);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        return conv.call(functional.interpolate(x, scale_factor: s_twice)).MoveToOuterDisposeScope();
    }
}
