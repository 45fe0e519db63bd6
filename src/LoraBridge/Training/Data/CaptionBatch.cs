using LoraBridge.Diffusion.Text;
using static TorchSharp.torch;

namespace LoraBridge.Training.Data;

/// <summary>The captions of a batch as tensors, before and after the text encoder. All have the same number of chunks, n.</summary>
public static class CaptionBatch
{
    /// <summary>The tokens, (B n, 77) int64: a caption's chunks lie together.</summary>
    public static Tensor Ids(IReadOnlyList<CaptionTokens> captions, Device? device = null)
    {
        var chunks = ChunksOf(captions);
        long[] flat = [.. captions.SelectMany(caption => caption.Chunks).SelectMany(chunk => chunk.Tokens).Select(token => (long)token)];
        return tensor(flat, [captions.Count * chunks, PromptChunk.Length], dtype: ScalarType.Int64, device: device ?? CPU);
    }

    /// <summary>Joins the states of chunks to one text: the first start, 75 tokens of each, the last end; then scales each token by its weight, if any has one.</summary>
    /// <param name="states">The text encoder's states of <see cref="Ids"/>, (B n, 77, D).</param>
    /// <param name="captions">The captions, B.</param>
    /// <returns>(B, 75 n + 2, D): 77, 152 or 227 tokens.</returns>
    public static Tensor Join(Tensor states, IReadOnlyList<CaptionTokens> captions)
    {
        ArgumentNullException.ThrowIfNull(states);
        var chunks = ChunksOf(captions);
        if (states.shape is not [var rows, PromptChunk.Length, var width] || rows != captions.Count * chunks)
            throw new ArgumentException($"The states of {captions.Count} captions of {chunks} chunks have the shape ({captions.Count * chunks}, {PromptChunk.Length}, D); these have ({string.Join(", ", states.shape)}).", nameof(states));

        using var scope = NewDisposeScope();
        var byCaption = states.reshape(captions.Count, chunks, PromptChunk.Length, width);                             // (B, n, 77, D)
        var first = byCaption.narrow(1, 0, 1).narrow(2, 0, 1).reshape(captions.Count, 1, width);                         // (B, 1, D)
        var text = byCaption.narrow(2, 1, PromptChunk.TextLength).reshape(captions.Count, chunks * PromptChunk.TextLength, width);
        var last = byCaption.narrow(1, chunks - 1, 1).narrow(2, PromptChunk.Length - 1, 1).reshape(captions.Count, 1, width);
        var joined = cat([first, text, last], dim: 1);                                                                  // (B, 75 n + 2, D)
        if (captions.Any(caption => caption.IsWeighted)) joined = joined * Weights(captions, chunks, joined);
        return joined.MoveToOuterDisposeScope();
    }

    private static Tensor Weights(IReadOnlyList<CaptionTokens> captions, int chunks, Tensor like)
    {
        float[] flat = [.. captions.SelectMany(caption => caption.Chunks.SelectMany(chunk => chunk.Weights.Skip(1).Take(PromptChunk.TextLength)).Prepend(1).Append(1)).Select(weight => (float)weight)];
        return tensor(flat, [captions.Count, chunks * PromptChunk.TextLength + 2, 1], dtype: ScalarType.Float32, device: like.device).to(like.dtype);
    }

    private static int ChunksOf(IReadOnlyList<CaptionTokens> captions)
    {
        ArgumentNullException.ThrowIfNull(captions);
        if (captions.Count == 0) throw new ArgumentException("A batch needs one caption at least.", nameof(captions));
        var chunks = captions[0].Chunks.Count;
        if (captions.Any(caption => caption.Chunks.Count != chunks))
            throw new ArgumentException("The captions of a batch have one token length; read all with the same CaptionOptions.TokenLength.", nameof(captions));
        return chunks;
    }
}
