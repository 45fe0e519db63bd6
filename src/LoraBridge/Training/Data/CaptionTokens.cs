using LoraBridge.Diffusion.Text;

namespace LoraBridge.Training.Data;

/// <summary>A caption as the text encoder reads it: always as many chunks as the token length says, short ones padded.</summary>
/// <param name="Chunks">1, 2 or 3 chunks of 77 tokens: start, 75 of text, end.</param>
/// <param name="Count">The tokens of the whole caption, start and end not counted.</param>
public sealed record CaptionTokens(IReadOnlyList<PromptChunk> Chunks, int Count)
{
    /// <summary>Tokens that are cut off because the caption is too long.</summary>
    public int Cut => Math.Max(0, Count - Chunks.Count * PromptChunk.TextLength);

    /// <summary>Whether any token has a weight other than 1.</summary>
    public bool IsWeighted => Chunks.Any(chunk => chunk.Weights.Any(weight => weight != 1));

    /// <summary>Tokenizes a caption. Unlike a prompt it is cut after every 75 tokens, wherever its commas are.</summary>
    /// <param name="caption">The caption of one visit.</param>
    /// <param name="tokenizer">CLIP's tokenizer.</param>
    /// <param name="options">Its token length, and whether brackets weigh.</param>
    /// <param name="padToken">What follows the end token: the end token for CLIP-L, 0 for OpenCLIP.</param>
    /// <exception cref="ArgumentException">The token length is not 75, 150 or 225.</exception>
    public static CaptionTokens Read(string caption, ClipTokenizer tokenizer, CaptionOptions options, int padToken = ClipVocabulary.EndToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.TokenLength is not (75 or 150 or 225))
            throw new ArgumentException($"TokenLength is {options.TokenLength}; use 75, 150 or 225.", nameof(options));

        var chunkOptions = new PromptChunkOptions { CommaBacktrack = 0, PadToken = padToken, Emphasis = options.Weighted ? EmphasisMode.NoNorm : EmphasisMode.None };
        var read = PromptChunks.Read(caption, tokenizer, chunkOptions);
        var wanted = options.TokenLength / PromptChunk.TextLength;
        var chunks = read.Chunks.Take(wanted).ToList();
        if (chunks.Count < wanted)
            chunks.AddRange(Enumerable.Repeat(PromptChunks.Read("", tokenizer, chunkOptions).Chunks[0], wanted - chunks.Count));
        return new(chunks, read.TokenCount);
    }
}
