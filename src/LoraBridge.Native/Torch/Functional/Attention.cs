using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        public static partial class functional
        {
            private static readonly Lazy<bool> s_fusedAttention = new(() => AttentionOps.fused.Exists);

            /// <summary>softmax(query · keyᵀ / √d + mask) · value, over (…, S, d), (…, T, d) and (…, T, e): (…, S, e).</summary>
            /// <param name="query">(…, S, d).</param>
            /// <param name="key">(…, T, d).</param>
            /// <param name="value">(…, T, e).</param>
            /// <param name="attn_mask">Broadcastable to (…, S, T): true where a key may be seen, or numbers that are added.</param>
            /// <param name="p">Dropout of the attention weights, whatever the mode of the module.</param>
            /// <param name="is_casual">Whether query i sees the keys 0 to i only; excludes a mask.</param>
            public static Tensor scaled_dot_product_attention(Tensor query, Tensor key, Tensor value, Tensor? attn_mask = null, double p = 0.0, bool is_casual = false) =>
                s_fusedAttention.Value
                    ? AttentionOps.fused.Call(query, key, value, attn_mask, p, is_casual)
                    : PlainAttention(query, key, value, attn_mask, p, is_casual);

            /// <summary>The same by batched products, for a libtorch before 2.0.</summary>
            internal static Tensor PlainAttention(Tensor query, Tensor key, Tensor value, Tensor? mask, double dropoutProbability, bool causal)
            {
                if (causal && mask is not null) throw new ArgumentException("Attention takes a mask or is_casual, not both.", nameof(mask));
                using var scope = NewDisposeScope();
                var batch = BroadcastBatch(query.shape, key.shape, value.shape);
                var (queries, keys) = (query.size(-2), key.size(-2));
                var scale = 1 / Math.Sqrt(query.size(-1));

                var scores = AsBatch(query * scale, batch).bmm(AsBatch(key, batch).transpose(1, 2));            // (N, S, T)
                if (causal) mask = AttentionOps.tril.Call(ones([queries, keys], ScalarType.Bool, query.device));
                if (mask is not null)
                {
                    scores = scores.view([.. batch, queries, keys]);
                    scores = mask.dtype == ScalarType.Bool
                        ? scores.masked_fill(mask.logical_not(), double.NegativeInfinity)
                        : scores + mask;
                    scores = scores.reshape(-1, queries, keys);
                }
                var weights = softmax(scores, -1);
                if (dropoutProbability > 0) weights = dropout(weights, dropoutProbability);
                var output = weights.bmm(AsBatch(value, batch));                                               // (N, S, e)
                return output.view([.. batch, queries, value.size(-1)]).MoveToOuterDisposeScope();
            }

            private static Tensor AsBatch(Tensor tensor, long[] batch)
            {
                var shape = tensor.shape;
                if (!shape.AsSpan()[..^2].SequenceEqual(batch)) tensor = tensor.expand([.. batch, .. shape[^2..]]);
                return tensor.reshape(-1, shape[^2], shape[^1]);
            }

            private static long[] BroadcastBatch(params long[][] shapes)
            {
                var rank = shapes.Max(shape => shape.Length) - 2;
                var batch = new long[rank];
                for (var i = 0; i < rank; i++)
                {
                    foreach (var shape in shapes)
                    {
                        var at = shape.Length - 2 - rank + i;
                        var length = at < 0 ? 1 : shape[at];
                        batch[i] = batch[i] is 0 or 1 ? length : batch[i];
                    }
                }
                return batch;
            }

            private static class AttentionOps
            {
                internal static readonly Operator fused = new("scaled_dot_product_attention"), tril = new("tril");
            }
        }
    }
}
