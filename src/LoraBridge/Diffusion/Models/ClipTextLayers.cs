using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LoraBridge.Diffusion.Models;

/// <summary>Attention of every token to itself and those before it: (B, T, D) and a mask (T, T) to (B, T, D).</summary>
internal sealed class ClipAttention : Module<Tensor, Tensor, Tensor>
{
    private readonly LinearLayer k_proj, v_proj, q_proj, out_proj;
    private readonly long _heads;

    public ClipAttention(ClipTextConfig config) : base(nameof(ClipAttention))
    {
        _heads = config.Heads;
        k_proj = new(config.Width, config.Width);
        v_proj = new(config.Width, config.Width);
        q_proj = new(config.Width, config.Width);
        out_proj = new(config.Width, config.Width);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x, Tensor causalMask)
    {
        using var scope = NewDisposeScope();
        var q = SplitHeads(q_proj.call(x));                                     // (B, N, T, d)
        var k = SplitHeads(k_proj.call(x));                                     // (B, N, T, d)
        var v = SplitHeads(v_proj.call(x));                                     // (B, N, T, d)
        var y = Attention.Apply(q, k, v, causalMask);                           // (B, N, T, d)
        return out_proj.call(y.transpose(1, 2).flatten(start_dim: 2)).MoveToOuterDisposeScope();    // (B, T, D)
    }

    private Tensor SplitHeads(Tensor x) => x.unflatten(-1, _heads, -1).transpose(1, 2);
}

/// <summary>Two linear layers with an activation between them: (B, T, D) to (B, T, D).</summary>
internal sealed class ClipMlp : Module<Tensor, Tensor>
{
    private readonly LinearLayer fc1, fc2;
    private readonly bool _isQuickGelu;

    public ClipMlp(ClipTextConfig config) : base(nameof(ClipMlp))
    {
        _isQuickGelu = config.IsQuickGelu;
        fc1 = new(config.Width, config.IntermediateWidth);
        fc2 = new(config.IntermediateWidth, config.Width);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        var h = fc1.call(x);                                                    // (B, T, intermediate)
        return fc2.call(_isQuickGelu ? Activations.QuickGelu(h) : functional.gelu(h)).MoveToOuterDisposeScope();
    }
}

/// <summary>One layer of the text encoder: (B, T, D) and a mask (T, T) to (B, T, D).</summary>
internal sealed class ClipLayer : Module<Tensor, Tensor, Tensor>
{
    private readonly ClipAttention self_attn;
    private readonly LayerNormLayer layer_norm1, layer_norm2;
    private readonly ClipMlp mlp;

    public ClipLayer(ClipTextConfig config) : base(nameof(ClipLayer))
    {
        self_attn = new(config);
        layer_norm1 = new(config.Width);
        mlp = new(config);
        layer_norm2 = new(config.Width);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x, Tensor causalMask)
    {
        using var scope = NewDisposeScope();
        x = Activations.Add(self_attn.call(layer_norm1.call(x), causalMask), x);
        return Activations.Add(mlp.call(layer_norm2.call(x)), x).MoveToOuterDisposeScope();
    }
}
