using static TorchSharp.torch;

namespace LoraBridge.Diffusion.Text;

/// <summary>A prompt's text embeddings for every model call.</summary>
public sealed class ScheduledConditioning : IDisposable
{
    private readonly List<int> _rows;
    private readonly Tensor _texts;

    /// <param name="ends">Each entry's last model call.</param>
    /// <param name="rows">Each entry's row in <paramref name="texts"/>.</param>
    /// <param name="texts">The distinct texts' embeddings, (n, T, D), in no scope; disposed with this.</param>
    internal ScheduledConditioning(IReadOnlyList<int> ends, List<int> rows, Tensor texts)
    {
        Ends = ends;
        _rows = rows;
        _texts = texts;
    }

    /// <summary>The last model call of each entry, ascending.</summary>
    public IReadOnlyList<int> Ends { get; }

    /// <summary>The embeddings that the prompt named, each once, in the order of the text.</summary>
    public IReadOnlyList<TextEmbedding> Embeddings { get; internal init; } = [];

    /// <summary>Length of the text embeddings, T: 77 for each chunk of the longest text.</summary>
    public long Length => _texts.shape[1];

    /// <summary>The text embeddings of a 0-based model call: of the first entry whose end is not passed, past all ends of the first.</summary>
    /// <returns>(1, T, D), float32; shares memory with this.</returns>
    public Tensor At(int call) => _texts.narrow(0, RowAt(call), 1);

    /// <summary>Whether two model calls use the same text.</summary>
    public bool IsSame(int call, int other) => RowAt(call) == RowAt(other);

    /// <inheritdoc/>
    public void Dispose() => _texts.Dispose();

    private int RowAt(int call) => _rows[PromptSchedule.IndexAt(Ends, call)];
}
