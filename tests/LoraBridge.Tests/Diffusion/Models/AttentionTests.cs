using LoraBridge.Diffusion.Models;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Diffusion.Models;

public sealed class AttentionTests
{
    [Theory]
    [InlineData(1)]                 // a row at a time
    [InlineData(3 * 2 * 2 * 11 * 4)]    // three rows, the last chunk shorter
    [InlineData(1 << 20)]           // all at once
    public void Chunked_AnyBound_EqualsTheFormula(long chunkBytes)
    {
        using var scope = NewDisposeScope();
        var (q, k, v) = Inputs(requiresGrad: false);
        var expected = Formula(q, k, v, null);

        TensorAssert.Close(expected, Attention.Chunked(q, k, v, null, chunkBytes), 1e-6, "with gradients on");
        using var noGrad = no_grad();
        TensorAssert.Close(expected, Attention.Chunked(q, k, v, null, chunkBytes), 1e-6, "with gradients off");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3 * 2 * 2 * 11 * 4)]
    [InlineData(1 << 20)]
    public void Chunked_Backward_EqualsTheFormulas(long chunkBytes)
    {
        using var scope = NewDisposeScope();
        var (q, k, v) = Inputs(requiresGrad: true);
        var (q2, k2, v2) = Inputs(requiresGrad: true);
        var weights = Tiny.Normal(9, 2, 2, 7, 5);

        (Formula(q, k, v, null) * weights).sum().backward();
        (Attention.Chunked(q2, k2, v2, null, chunkBytes) * weights).sum().backward();

        TensorAssert.Close(q.grad!, q2.grad!, 1e-6, "queries");
        TensorAssert.Close(k.grad!, k2.grad!, 1e-6, "keys");
        TensorAssert.Close(v.grad!, v2.grad!, 1e-6, "values");
    }

    [Theory]
    [InlineData(1)]                 // one head of one picture at a time
    [InlineData(3 * 7 * 11 * 4)]    // three, then one
    public void Chunked_InPartsThatFitTheCache_HasTheSameGradients(long cacheBytes)
    {
        using var scope = NewDisposeScope();
        var (q, k, v) = Inputs(requiresGrad: true);
        var (q2, k2, v2) = Inputs(requiresGrad: true);
        var weights = Tiny.Normal(9, 2, 2, 7, 5);

        (Formula(q, k, v, null) * weights).sum().backward();
        var attended = Attention.Chunked(q2, k2, v2, null, 1 << 20, cacheBytes: cacheBytes);
        (attended * weights).sum().backward();

        TensorAssert.Close(Formula(q, k, v, null), attended, 1e-6);
        TensorAssert.Close(q.grad!, q2.grad!, 1e-6, "queries");
        TensorAssert.Close(k.grad!, k2.grad!, 1e-6, "keys");
        TensorAssert.Close(v.grad!, v2.grad!, 1e-6, "values");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(1 << 20)]
    public void Chunked_CausalMask_IsAddedToTheScores(long chunkBytes)
    {
        using var scope = NewDisposeScope();
        var q = Tiny.Normal(1, 2, 2, 6, 4);
        var rows = arange(6, dtype: int64, device: CPU);
        var mask = zeros([6, 6], dtype: float32, device: CPU).masked_fill(rows.unsqueeze(0).gt(rows.unsqueeze(1)), float.NegativeInfinity);

        var y = Attention.Chunked(q, q, q, mask, chunkBytes);

        TensorAssert.Close(Formula(q, q, q, mask), y, 1e-6);
        TensorAssert.Close(q.narrow(2, 0, 1), y.narrow(2, 0, 1), 1e-6, "the first token sees itself alone");
    }

    [Fact]
    public void Apply_Result_IsDenseOverTokens()
    {
        using var scope = NewDisposeScope();
        var (q, k, v) = Inputs(requiresGrad: false);
        Assert.True(Attention.Apply(q, k, v).transpose(1, 2).is_contiguous());
    }

    // queries (2, 2, 7, 5), keys and values (2, 2, 11, 5), as views of (B, tokens, N, d)
    private static (Tensor Q, Tensor K, Tensor V) Inputs(bool requiresGrad)
    {
        Tensor Make(ulong seed, long rows)
        {
            var x = Tiny.Normal(seed, 2, rows, 2, 5).transpose(1, 2);
            return requiresGrad ? x.contiguous().requires_grad_() : x;
        }
        return (Make(1, 7), Make(2, 11), Make(3, 11));
    }

    private static Tensor Formula(Tensor q, Tensor k, Tensor v, Tensor? mask)
    {
        var scores = einsum("bnsd,bntd->bnst", q, k) / Math.Sqrt(q.shape[3]);
        if (mask is not null) scores = scores + mask;
        return einsum("bnst,bntd->bnsd", scores.softmax(-1), v);
    }
}
