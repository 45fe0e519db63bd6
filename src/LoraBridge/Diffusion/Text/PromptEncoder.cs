using LoraBridge.Diffusion.Models;
using static TorchSharp.torch;

namespace LoraBridge.Diffusion.Text;

/// <summary>How prompts become conditioning.</summary>
public sealed record PromptEncoderOptions
{
    /// <summary>How prompts are cut into chunks, and how weights act.</summary>
    public PromptChunkOptions Chunks { get; init; } = new();

    /// <summary>Where the text encoder wants its tokens; null for the CPU.</summary>
    public Device? Device { get; init; }

    /// <summary>How many encoded prompts are kept, 0 or more.</summary>
    public int CacheSize { get; init; } = 32;

    /// <summary>How many chunks the text encoder gets at once, 1 or more.</summary>
    public int BatchSize { get; init; } = 16;
}

/// <summary>
/// Turns prompts into conditioning: AND, schedule, chunks, text encoder, emphasis. Encoded texts are kept, for each
/// <see cref="TextEncoderState"/> apart: set it, or call <see cref="Clear"/>, when the text encoder's weights change.
/// </summary>
public sealed class PromptEncoder : IDisposable
{
    private readonly ClipTokenizer _tokenizer;
    private readonly Func<Tensor, IReadOnlyList<EmbeddingReplacement>, Tensor> _encode;
    private readonly PromptEncoderOptions _options;
    private readonly ConditioningCache _cache;

    /// <summary>Encodes with the given text encoder.</summary>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="encode">The text encoder: tokens (n, 77) int64, and the vectors of embeddings among them, to states (n, 77, D).</param>
    /// <param name="options">How; null for the WebUI's defaults.</param>
    public PromptEncoder(ClipTokenizer tokenizer, Func<Tensor, IReadOnlyList<EmbeddingReplacement>, Tensor> encode, PromptEncoderOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(encode);
        _tokenizer = tokenizer;
        _encode = encode;
        _options = options ?? new();
        ArgumentOutOfRangeException.ThrowIfLessThan(_options.BatchSize, 1, nameof(options));
        _cache = new(_options.CacheSize);
    }

    /// <summary>The embeddings that prompts may name; null for none. Changing them forgets nothing.</summary>
    public TextEmbeddings? Embeddings { get; set; }

    /// <summary>Which state the text encoder's weights are in, such as the LoRAs in it and their weights: what was encoded in one state is not used in another.</summary>
    public string TextEncoderState { get; set; } = "";

    /// <summary>Encodes with a text encoder that knows no embeddings.</summary>
    public PromptEncoder(ClipTokenizer tokenizer, Func<Tensor, Tensor> encode, PromptEncoderOptions? options = null)
        : this(tokenizer, (ids, _) => encode(ids), options)
    {
    }

    /// <summary>Encodes a positive prompt whose comments and tags are gone: each part of an AND has its own schedule.</summary>
    /// <returns>The conditioning; the caller disposes it.</returns>
    public ComposedConditioning Encode(string prompt, ScheduleSteps steps)
    {
        var parts = new List<ComposedPart>();
        foreach (var part in ComposedPrompt.Parse(prompt)) parts.Add(new(EncodePart(part.Text, steps), part.Weight));
        return new(parts);
    }

    /// <summary>Encodes a prompt in which AND is a word, as the negative prompt is.</summary>
    /// <returns>The conditioning; the caller disposes it.</returns>
    public ScheduledConditioning EncodeNegative(string prompt, ScheduleSteps steps) => EncodePart(prompt, steps);

    /// <summary>Lengthens conditioning by the empty prompt's, so that two of different length can share a batch.</summary>
    /// <param name="textEmbeddings">(B, T, D), T a multiple of 77.</param>
    /// <param name="length">The length wanted, a multiple of 77.</param>
    /// <returns>(B, length, D); the same values as before in front.</returns>
    public Tensor Pad(Tensor textEmbeddings, long length)
    {
        ArgumentNullException.ThrowIfNull(textEmbeddings);
        var missing = length - textEmbeddings.shape[1];
        if (missing < 0 || missing % PromptChunk.Length != 0)
            throw new ArgumentException($"Conditioning of length {textEmbeddings.shape[1]} cannot become {length}: lengthen by whole chunks of {PromptChunk.Length}.", nameof(length));

        using var scope = NewDisposeScope();
        using var empty = EncodePart("", new() { Steps = 1 });
        var chunk = empty.At(0).to(textEmbeddings.dtype).to(textEmbeddings.device);
        var padding = chunk.expand(textEmbeddings.shape[0], -1, -1);            // (B, 77, D)
        Tensor[] pieces = [textEmbeddings, .. Enumerable.Repeat(padding, (int)(missing / PromptChunk.Length))];
        return cat(pieces, dim: 1).MoveToOuterDisposeScope();
    }

    /// <summary>Forgets what was encoded; conditioning that was handed out stays good.</summary>
    public void Clear() => _cache.Clear();

    /// <inheritdoc/>
    public void Dispose() => Clear();

    private PromptChunkOptions Chunks => _options.Chunks with { Embeddings = Embeddings?.Names };

    private ScheduledConditioning EncodePart(string prompt, ScheduleSteps steps)
    {
        var schedule = PromptSchedule.Parse(prompt, steps);
        var texts = schedule.Select(entry => entry.Text).ToList();
        var distinct = texts.Distinct(StringComparer.Ordinal).ToList();
        var prompts = distinct.ConvertAll(text => PromptChunks.Read(text, _tokenizer, Chunks).Chunks);
        string[] parts = [TextEncoderState, Embeddings?.State ?? "", .. texts];
        var key = string.Concat(parts.Select(part => $"{part.Length}:{part}"));
        if (!_cache.TryGet(key, out var encoded))
        {
            encoded = Encode(prompts, distinct.ConvertAll(text => texts.Count(other => other == text)));
            _cache.Add(key, encoded);
        }
        var used = prompts.SelectMany(chunks => chunks).SelectMany(chunk => chunk.Fixes).Select(fix => Embeddings![fix.Name]).Distinct();
        return new([.. schedule.Select(entry => entry.EndStep)], texts.ConvertAll(distinct.IndexOf), encoded) { Embeddings = [.. used] };
    }

    /// <returns>(texts, 77 * chunks, D), in no scope.</returns>
    private Tensor Encode(List<IReadOnlyList<PromptChunk>> prompts, List<int> counts)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        var empty = PromptChunks.Read("", _tokenizer, Chunks).Chunks[0];
        var length = prompts.Max(chunks => chunks.Count);
        var states = new List<Tensor>();
        for (var i = 0; i < length; i++)
        {
            var chunks = prompts.ConvertAll(prompt => i < prompt.Count ? prompt[i] : empty);
            // the mean of the emphasis is that of all texts of the schedule in this chunk, repeated ones too
            states.Add(Emphasis.Apply(Encode(chunks), chunks.ConvertAll(chunk => chunk.Weights), _options.Chunks.Emphasis, counts));
        }
        return cat(states, dim: 1).DetachFromDisposeScope();
    }

    /// <returns>(chunks, 77, D).</returns>
    private Tensor Encode(List<PromptChunk> chunks)
    {
        var device = _options.Device ?? CPU;
        var states = chunks.Chunk(_options.BatchSize).Select(batch =>
        {
            long[] flat = [.. batch.SelectMany(chunk => chunk.Tokens).Select(token => (long)token)];
            var ids = tensor(flat, [batch.Length, PromptChunk.Length], dtype: ScalarType.Int64, device: device);
            return _encode(ids, [.. batch.SelectMany((chunk, row) => chunk.Fixes.Select(fix => new EmbeddingReplacement(row, fix.Offset, Embeddings![fix.Name].ToTensor(device))))]);
        }).ToList();
        return states.Count == 1 ? states[0] : cat(states, dim: 0);
    }
}
