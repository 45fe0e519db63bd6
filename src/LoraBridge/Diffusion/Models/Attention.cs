using LoraBridge.Torch;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LoraBridge.Diffusion.Models;

/// <summary>
/// softmax(q kᵀ / √d) v, the one place where attention is computed. Scores are made for so many query rows at a time that
/// the whole matrix, 1 GiB for a 512x512 picture, never exists.
/// </summary>
internal static class Attention
{
    /// <summary>The most bytes that the scores of one chunk of query rows may take.</summary>
    internal const long DefaultChunkBytes = 32L << 20;

    /// <summary>
    /// The most bytes of scores that are worked on at a time while gradients are recorded on a CPU: what fits a core's cache does not go
    /// through memory for each of the products and the softmax. At 32 pictures of 16x16 that takes a third of the time.
    /// </summary>
    internal const long CacheBytes = 2L << 20;

    /// <summary>Up to how many bytes of scores are kept for the backward pass.</summary>
    internal static long KeptBytes(Checkpointing checkpointing) => checkpointing switch
    {
        Checkpointing.Attention => 0,
        // a block that runs again keeps its scores only from there to its own backward pass: small ones may stay
        Checkpointing.Blocks => DefaultChunkBytes,
        _ => long.MaxValue,
    };

    /// <summary>Attends from every token to all tokens of a context, by several heads that lie beside each other.</summary>
    /// <param name="q">Queries, (B, S, C).</param>
    /// <param name="k">Keys, (B, T, C).</param>
    /// <param name="v">Values, (B, T, C).</param>
    /// <param name="heads">N; each head is C / N wide.</param>
    /// <param name="keptBytes">Scores beyond so many bytes are made again in the backward pass.</param>
    /// <returns>(B, S, C).</returns>
    public static Tensor OfTokens(Tensor q, Tensor k, Tensor v, long heads, long keptBytes = long.MaxValue)
    {
        var way = AttentionChoice.For(q);
        if (way == AttentionWay.Kernel && TorchExtras.FusedAttention(q, k, v, heads) is { } attended) return attended;
        using var scope = NewDisposeScope();
        Tensor SplitHeads(Tensor x) => x.unflatten(-1, heads, -1).transpose(1, 2);  // (B, N, S, d)
        var y = Apply(SplitHeads(q), SplitHeads(k), SplitHeads(v), null, way, keptBytes);  // (B, N, S, d)
        return y.transpose(1, 2).flatten(start_dim: 2).MoveToOuterDisposeScope();   // (B, S, C)
    }

    /// <summary>Attends from every query row to all key rows.</summary>
    /// <param name="q">Queries, (B, N, S, d).</param>
    /// <param name="k">Keys, (B, N, T, d).</param>
    /// <param name="v">Values, (B, N, T, d).</param>
    /// <param name="causalMask">Added to the scores, (S, T), in the type of <paramref name="q"/>; null adds nothing.</param>
    /// <returns>(B, N, S, d); its transpose to (B, S, N, d) is dense.</returns>
    public static Tensor Apply(Tensor q, Tensor k, Tensor v, Tensor? causalMask = null) =>
        Apply(q, k, v, causalMask, AttentionChoice.For(q), long.MaxValue);

    private static Tensor Apply(Tensor q, Tensor k, Tensor v, Tensor? causalMask, AttentionWay way, long keptBytes) => way == AttentionWay.Fused
        ? functional.scaled_dot_product_attention(q, k, v, causalMask)
        : Chunked(q, k, v, causalMask, DefaultChunkBytes, keptBytes);

    /// <summary>Attention by plain operators with a bound of one's own.</summary>
    internal static Tensor Chunked(Tensor q, Tensor k, Tensor v, Tensor? causalMask, long chunkBytes, long keptBytes = long.MaxValue, long cacheBytes = CacheBytes)
    {
        using var scope = NewDisposeScope();
        var (batch, heads, rows, width) = (q.shape[0], q.shape[1], q.shape[2], q.shape[3]);
        var columns = k.shape[2];
        var factor = 1 / Math.Sqrt(width);
        var keys = k.reshape(batch * heads, columns, width).transpose(1, 2);    // (BN, d, T)
        var values = v.reshape(batch * heads, columns, width);                  // (BN, T, d)

        Tensor Attend(Tensor[] t, long start, long count)
        {
            using var chunkScope = NewDisposeScope();
            var (q, keys, values) = (t[0], t[1], t[2]);
            var queries = q.narrow(2, start, count).mul(factor).reshape(batch * heads, count, width);
            var mask = causalMask?.narrow(0, start, count);                     // (count, T)
            var atOnce = is_grad_enabled() && q.device_type == TorchSharp.DeviceType.CPU
                ? Math.Clamp(cacheBytes / (count * columns * q.element_size()), 1, batch * heads)
                : batch * heads;
            var y = atOnce == batch * heads
                ? Weigh(queries, keys, values, mask)
                : cat([.. queries.split(atOnce).Zip(keys.split(atOnce), values.split(atOnce)).Select(part => Weigh(part.First, part.Second, part.Third, mask))], dim: 0);    // (BN, count, d)
            return y.view(batch, heads, count, width).transpose(1, 2).MoveToOuterDisposeScope();    // (B, count, N, d)
        }

        static Tensor Weigh(Tensor queries, Tensor keys, Tensor values, Tensor? mask)
        {
            var scores = mask is null ? bmm(queries, keys) : baddbmm(mask, queries, keys);
            return bmm(scores.softmax(-1), values);
        }

        var rowBytes = batch * heads * columns * q.element_size();
        var isMadeAgain = is_grad_enabled() && rows * rowBytes > keptBytes;
        Tensor Chunk(long start, long count) => isMadeAgain
            ? TorchExtras.Checkpoint(t => Attend(t, start, count), q, keys, values)
            : Attend([q, keys, values], start, count);

        var chunk = Math.Clamp(chunkBytes / rowBytes, 1, rows);
        Tensor attended;                                                        // (B, S, N, d)
        if (chunk == rows)
        {
            attended = Chunk(0, rows).contiguous();
        }
        else if (is_grad_enabled())
        {
            var parts = new List<Tensor>();
            for (var start = 0L; start < rows; start += chunk) parts.Add(Chunk(start, Math.Min(chunk, rows - start)));
            attended = cat(parts, dim: 1);
        }
        else
        {
            attended = empty([batch, rows, heads, width], dtype: q.dtype, device: q.device);
            for (var start = 0L; start < rows; start += chunk)
            {
                using var copyScope = NewDisposeScope();
                var count = Math.Min(chunk, rows - start);
                attended.narrow(1, start, count).copy_(Chunk(start, count));
            }
        }
        return attended.transpose(1, 2).MoveToOuterDisposeScope();              // (B, N, S, d)
    }
}
