using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LoraBridge.Diffusion.Models;

/// <summary>Self-attention, attention to the prompt and a feed-forward, each added to its input: (B, S, C) to (B, S, C).</summary>
internal sealed class TransformerBlock : Module<Tensor, Tensor, Tensor>
{
    private readonly LayerNormLayer norm1, norm2, norm3;
    private readonly CrossAttention attn1, attn2;
    private readonly FeedForward ff;

    public TransformerBlock(long channels, long contextDim, long heads) : base(nameof(TransformerBlock))
    {
        attn1 = new(channels, channels, heads);
        ff = new(channels);
        attn2 = new(channels, contextDim, heads);
        norm1 = new(channels);
        norm2 = new(channels);
        norm3 = new(channels);
        RegisterComponents();
    }

    /// <summary>How tokens are merged for attention among themselves in the next call; null for not at all.</summary>
    public TokenMerging? Merging { get; set; }

    public override Tensor forward(Tensor x, Tensor context)
    {
        using var scope = NewDisposeScope();
        var normal = norm1.call(x);
        var attended = Merging is { } merging ? merging.Around(x, normal, tokens => attn1.call(tokens, null)) : attn1.call(normal, null);
        x = Activations.Add(Activations.Replace(normal, attended), x);
        normal = norm2.call(x);
        x = Activations.Replace(x, Activations.Add(Activations.Replace(normal, attn2.call(normal, context)), x));
        normal = norm3.call(x);
        return Activations.Add(Activations.Replace(normal, ff.call(normal)), x).MoveToOuterDisposeScope();
    }
}

/// <summary>Transformer blocks over the cells of a feature map: (B, C, h, w) to (B, C, h, w).</summary>
internal sealed class SpatialTransformer : Module<Tensor, Tensor, Tensor>
{
    private readonly GroupNormLayer norm;
    private readonly WeightLayer proj_in, proj_out;                             // 1x1 convolutions, in later families linear
    private readonly ModuleList<TransformerBlock> transformer_blocks;
    private readonly bool _isLinear;

    public SpatialTransformer(UNetConfig config, long channels, int depth) : base(nameof(SpatialTransformer))
    {
        _isLinear = config.LinearProjections;
        norm = new(config.NormGroups, channels, epsilon: 1e-6);
        proj_in = Projection(channels);
        transformer_blocks = new([.. Enumerable.Range(0, depth).Select(_ =>
            new TransformerBlock(channels, config.ContextDim, config.Heads(channels)))]);
        proj_out = Projection(channels);
        RegisterComponents();
    }

    /// <summary>Which part of the tokens is merged for attention among themselves, 0 to 1.</summary>
    public double TokenMergingRatio { get; set; }

    /// <param name="x">Feature map, (B, C, h, w).</param>
    /// <param name="context">Text embeddings, (B, T, D).</param>
    /// <returns>(B, C, h, w).</returns>
    public override Tensor forward(Tensor x, Tensor context)
    {
        using var scope = NewDisposeScope();
        var (height, width) = (x.shape[2], x.shape[3]);

        var h = norm.call(x);                                                   // (B, C, h, w)
        h = _isLinear ? proj_in.call(ToTokens(h)) : ToTokens(proj_in.call(h));  // (B, S, C)
        var merging = TokenMergingRatio > 0 ? new TokenMerging(height, width, TokenMergingRatio) : null;
        foreach (var block in transformer_blocks) block.Merging = merging;
        foreach (var block in transformer_blocks) h = Activations.Replace(h, block.call(h, context));   // (B, S, C)
        h = _isLinear
            ? ToMap(proj_out.call(h), height, width)
            : proj_out.call(ToMap(h, height, width));                           // (B, C, h, w)
        return Activations.Add(h, x).MoveToOuterDisposeScope();
    }

    // dense, because layer norm and the linear layers after it read rows
    private static Tensor ToTokens(Tensor map) => map.flatten(start_dim: 2).transpose(1, 2).contiguous();

    private static Tensor ToMap(Tensor tokens, long height, long width) =>
        tokens.transpose(1, 2).unflatten(-1, height, width).contiguous();

    private WeightLayer Projection(long channels) =>
        _isLinear ? new LinearLayer(channels, channels) : new Conv2dLayer(channels, channels, kernel: 1);
}
