using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LoraBridge.Diffusion.Models;

/// <summary>Multi-head attention from image tokens to a context: the prompt, or the tokens themselves.</summary>
internal sealed class CrossAttention : Module<Tensor, Tensor?, Tensor>
{
    private readonly LinearLayer to_q, to_k, to_v;
    private readonly ModuleList<LinearLayer> to_out;                            // the checkpoint says "to_out.0"
    private readonly long _heads;

    public CrossAttention(long channels, long contextDim, long heads) : base(nameof(CrossAttention))
    {
        _heads = heads;
        to_q = new(channels, channels, hasBias: false);
        to_k = new(contextDim, channels, hasBias: false);
        to_v = new(contextDim, channels, hasBias: false);
        to_out = new(new LinearLayer(channels, channels));
        RegisterComponents();
    }

    /// <summary>Scores beyond so many bytes are not kept for the backward pass but made again.</summary>
    public long KeptScoreBytes { get; set; } = Attention.KeptBytes(Checkpointing.None);

    /// <param name="x">Image tokens, (B, S, C).</param>
    /// <param name="context">Text embeddings, (B, T, D); null attends to <paramref name="x"/>.</param>
    /// <returns>(B, S, C).</returns>
    public override Tensor forward(Tensor x, Tensor? context)
    {
        using var scope = NewDisposeScope();
        context ??= x;
        var y = Attention.OfTokens(to_q.call(x), to_k.call(context), to_v.call(context), _heads, KeptScoreBytes);   // (B, S, C)
        return to_out[0].call(y).MoveToOuterDisposeScope();
    }
}
