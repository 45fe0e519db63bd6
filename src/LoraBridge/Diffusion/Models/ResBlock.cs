using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LoraBridge.Diffusion.Models;

/// <summary>Two convolutions with the timestep's embedding added between them, around a skip connection.</summary>
internal sealed class ResBlock : Module<Tensor, Tensor, Tensor>
{
    private readonly NumberedLayers in_layers, emb_layers, out_layers;
    private readonly Conv2dLayer? skip_connection;                              // only where the width changes

    public ResBlock(UNetConfig config, long inputChannels, long channels) : base(nameof(ResBlock))
    {
        in_layers = new(
            (0, new GroupNormLayer(config.NormGroups, inputChannels, epsilon: 1e-5, withSilu: true)),
            (2, new Conv2dLayer(inputChannels, channels, kernel: 3, padding: 1)));
        emb_layers = new((1, new LinearLayer(config.EmbeddingChannels, channels)));
        out_layers = new(
            (0, new GroupNormLayer(config.NormGroups, channels, epsilon: 1e-5, withSilu: true)),
            (3, new Conv2dLayer(channels, channels, kernel: 3, padding: 1)));
        if (inputChannels != channels) skip_connection = new(inputChannels, channels, kernel: 1);
        RegisterComponents();
    }

    /// <param name="x">Feature map, (B, C, h, w).</param>
    /// <param name="activatedEmbedding">SiLU of the timestep's embedding, (B, E): the same for all blocks, so taken once.</param>
    /// <returns>(B, C', h, w).</returns>
    public override Tensor forward(Tensor x, Tensor activatedEmbedding)
    {
        using var scope = NewDisposeScope();
        var h = in_layers[2].call(in_layers[0].call(x));                        // (B, C', h, w)
        var shift = emb_layers[1].call(activatedEmbedding).unsqueeze(-1).unsqueeze(-1);     // (B, C', 1, 1)
        h = Activations.Add(h, shift);
        h = out_layers[3].call(out_layers[0].call(h));                          // (B, C', h, w)
        return Activations.Add(h, skip_connection?.call(x) ?? x).MoveToOuterDisposeScope();
    }
}
