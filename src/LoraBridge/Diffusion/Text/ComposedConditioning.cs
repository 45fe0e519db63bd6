using static TorchSharp.torch;

namespace LoraBridge.Diffusion.Text;

/// <summary>One part of a composed prompt, encoded.</summary>
/// <param name="Conditioning">Its text embeddings.</param>
/// <param name="Weight">The factor of its guidance.</param>
public sealed record ComposedPart(ScheduledConditioning Conditioning, double Weight);

/// <summary>A positive prompt's conditioning: one or more parts that guide separately.</summary>
public sealed class ComposedConditioning : IDisposable
{
    internal ComposedConditioning(IReadOnlyList<ComposedPart> parts) => Parts = parts;

    /// <summary>The parts, one or more.</summary>
    public IReadOnlyList<ComposedPart> Parts { get; }

    /// <summary>The embeddings that the prompt named, each once, in the order of the parts.</summary>
    public IReadOnlyList<TextEmbedding> Embeddings => [.. Parts.SelectMany(part => part.Conditioning.Embeddings).Distinct()];

    /// <summary>The text embeddings of a 0-based model call.</summary>
    /// <returns>A row for each part, (P, T, D), float32; shorter parts are lengthened as <see cref="Stack"/> does.</returns>
    public Tensor At(int call)
    {
        using var scope = NewDisposeScope();
        return Stack([.. Parts.Select(part => part.Conditioning.At(call))]).MoveToOuterDisposeScope();
    }

    /// <summary>Joins conditioning of different lengths; the shorter repeat their last row, as the WebUI does it for the rows of one batch.</summary>
    /// <param name="textEmbeddings">(b, T, D) each, one or more.</param>
    /// <returns>(B, T, D), B the sum of the b and T the greatest.</returns>
    public static Tensor Stack(IReadOnlyList<Tensor> textEmbeddings)
    {
        ArgumentNullException.ThrowIfNull(textEmbeddings);
        using var scope = NewDisposeScope();
        var length = textEmbeddings.Max(row => row.shape[1]);
        return cat([.. textEmbeddings.Select(Lengthen)], dim: 0).MoveToOuterDisposeScope();

        Tensor Lengthen(Tensor row)
        {
            var missing = length - row.shape[1];
            return missing == 0 ? row : cat([row, row.narrow(1, row.shape[1] - 1, 1).expand(-1, missing, -1)], dim: 1);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var part in Parts) part.Conditioning.Dispose();
    }
}
