using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LoraBridge.Diffusion.Models;

/// <summary>One entry of the UNet's list of blocks: its layers, numbered as in the checkpoint, one after another.</summary>
internal sealed class UNetBlock : Module<Tensor, Tensor, Tensor, Tensor>
{
    private readonly Module[] _layers;

    public UNetBlock(params IEnumerable<Module> layers) : base(nameof(UNetBlock))
    {
        _layers = [.. layers];
        for (var i = 0; i < _layers.Length; i++) register_module($"{i}", _layers[i]);
    }

    /// <param name="x">Feature map, (B, C, h, w).</param>
    /// <param name="activatedEmbedding">SiLU of the timestep's embedding, (B, E).</param>
    /// <param name="context">Text embeddings, (B, T, D).</param>
    /// <returns>(B, C', h', w').</returns>
    public override Tensor forward(Tensor x, Tensor activatedEmbedding, Tensor context)
    {
        using var scope = NewDisposeScope();
        foreach (var layer in _layers)
        {
            x = layer switch
            {
                ResBlock block => block.call(x, activatedEmbedding),
                SpatialTransformer transformer => transformer.call(x, context),
                Module<Tensor, Tensor> simple => simple.call(x),
                _ => throw new InvalidOperationException($"A UNet block cannot hold a {layer.GetName()}."),
            };
        }
        return x.MoveToOuterDisposeScope();
    }
}
