namespace LoraBridge.Diffusion.Text;

/// <summary>How a prompt is cut into chunks.</summary>
public sealed record PromptChunkOptions
{
    /// <summary>How brackets act; None leaves them in the text.</summary>
    public EmphasisMode Emphasis { get; init; } = EmphasisMode.Original;

    /// <summary>How many tokens a full chunk may give up to end at its last comma; 0 cuts anywhere.</summary>
    public int CommaBacktrack { get; init; } = 20;

    /// <summary>What follows the first end token in a short chunk: the end token for CLIP-L, 0 for OpenCLIP.</summary>
    public int PadToken { get; init; } = ClipVocabulary.EndToken;

    /// <summary>The embeddings that take the place of their names; null for none. A <see cref="PromptEncoder"/> puts its own here.</summary>
    public EmbeddingNames? Embeddings { get; init; }
}

/// <summary>An embedding in a chunk: its vectors replace those of the tokens from the offset on.</summary>
/// <param name="Offset">The first token in the chunk, the start token is 0.</param>
/// <param name="Name">The embedding.</param>
/// <param name="Vectors">How many tokens it takes.</param>
public sealed record EmbeddingFix(int Offset, string Name, int Vectors);

/// <summary>What the text encoder sees at once.</summary>
/// <param name="Tokens">77 tokens: start, up to 75 of text, end, padding.</param>
/// <param name="Weights">The weight of each; 1 for what is no text.</param>
/// <param name="Fixes">The embeddings in it, by offset.</param>
public sealed record PromptChunk(IReadOnlyList<int> Tokens, IReadOnlyList<double> Weights, IReadOnlyList<EmbeddingFix> Fixes)
{
    /// <summary>Tokens of a chunk.</summary>
    public const int Length = 77;

    /// <summary>Tokens of a chunk that are text.</summary>
    public const int TextLength = 75;
}

/// <summary>A prompt's chunks.</summary>
/// <param name="Chunks">One or more.</param>
/// <param name="TokenCount">The count the WebUI shows: the last chunk's tokens, and 75 for each before it.</param>
public sealed record PromptChunks(IReadOnlyList<PromptChunk> Chunks, int TokenCount)
{
    /// <summary>Tokenizes a prompt without schedules or AND and cuts it into chunks of 75 tokens.</summary>
    public static PromptChunks Read(string prompt, ClipTokenizer tokenizer, PromptChunkOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        ArgumentNullException.ThrowIfNull(tokenizer);
        options ??= new();
        var writer = new PromptChunkWriter(tokenizer.CommaToken, options);
        foreach (var piece in PromptAttention.Parse(prompt, options.Emphasis))
        {
            if (piece.IsBreak) writer.Break();
            else writer.Add(tokenizer.Encode(piece.Text), piece.Weight);
        }
        return writer.Finish();
    }
}
