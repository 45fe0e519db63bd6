using LoraBridge.Torch;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LoraBridge.Diffusion.Models;

/// <summary>Two linear layers with a gated GELU between them: (B, S, C) to (B, S, C).</summary>
internal sealed class FeedForward : Module<Tensor, Tensor>
{
    private readonly NumberedLayers net;

    public FeedForward(long channels) : base(nameof(FeedForward))
    {
        net = new((0, new GatedGelu(channels, 4 * channels)), (2, new LinearLayer(4 * channels, channels)));
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        return net[2].call(net[0].call(x)).MoveToOuterDisposeScope();
    }

    private sealed class GatedGelu : Module<Tensor, Tensor>
    {
        private readonly LinearLayer proj;

        public GatedGelu(long channels, long innerChannels) : base(nameof(GatedGelu))
        {
            proj = new(channels, 2 * innerChannels);
            RegisterComponents();
        }

        public override Tensor forward(Tensor x)
        {
            using var scope = NewDisposeScope();
            var both = proj.call(x);                                            // (B, S, 8C)
            if (TorchExtras.FusedGeglu(both) is { } fused) return fused.MoveToOuterDisposeScope();
            var halves = both.chunk(2, dim: -1);                                // value and gate, (B, S, 4C) each
            return Activations.Multiply(functional.gelu(halves[1]), halves[0]).MoveToOuterDisposeScope();
        }
    }
}
