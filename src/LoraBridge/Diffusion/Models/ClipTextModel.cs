using LoraBridge.Torch;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LoraBridge.Diffusion.Models;

/// <summary>Vectors to put in place of tokens' own, as textual inversion learns them.</summary>
/// <param name="Row">Row of the batch.</param>
/// <param name="Position">First position in the row that is replaced.</param>
/// <param name="Vectors">(n, D) for n positions; those beyond the row's end are left out.</param>
public sealed record EmbeddingReplacement(long Row, long Position, Tensor Vectors);

/// <summary>
/// CLIP's text encoder. Its parameters are named as in a single-file checkpoint, without "cond_stage_model.transformer.".
/// </summary>
public sealed class ClipTextModel : Module<Tensor, long, Tensor>
{
    private readonly TextTransformer text_model;

    /// <summary>Lays the network out; it holds no tensors until it is given some.</summary>
    public ClipTextModel(ClipTextConfig config) : base(nameof(ClipTextModel))
    {
        Config = config;
        text_model = new(config);
        RegisterComponents();
    }

    /// <summary>The sizes the network was laid out by.</summary>
    public ClipTextConfig Config { get; }

    /// <summary>The type to compute in; weights of another type are converted where they are used.</summary>
    public ScalarType ComputeType { get; set; } = ScalarType.Float32;

    /// <summary>What is computed again in the backward pass: with <see cref="Checkpointing.Blocks"/> every layer; scores over 77 tokens are too small to matter.</summary>
    public Checkpointing Checkpointing { get; set; }

    /// <summary>Encodes rows of tokens.</summary>
    /// <param name="ids">Token ids with start, end and padding, (B, 77), int64.</param>
    /// <param name="clipSkip">Which layer's states are taken, counted from the end: 1 the last, 2 the one before it.</param>
    /// <returns>Those states after the final layer norm, (B, 77, D), in <see cref="ComputeType"/>.</returns>
    /// <exception cref="ArgumentException">The ids are not (B, T) with T up to <see cref="ClipTextConfig.Positions"/>.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such layer.</exception>
    public override Tensor forward(Tensor ids, long clipSkip) => Encode(ids, clipSkip, []);

    /// <summary>Encodes rows of tokens, some of which have vectors of their own; else as <see cref="forward"/>.</summary>
    /// <exception cref="ArgumentException">A replacement's vectors are not (n, D), or its place is not in <paramref name="ids"/>.</exception>
    public Tensor Encode(Tensor ids, long clipSkip, IReadOnlyList<EmbeddingReplacement> replacements)
    {
        using var scope = NewDisposeScope();
        var states = Run(ids, Config.Layers + 1 - clipSkip, replacements);
        return text_model.Normalize(states[^1]).MoveToOuterDisposeScope();
    }

    /// <summary>The embeddings, then every layer's states, without the final layer norm: (B, T, D) each.</summary>
    public IReadOnlyList<Tensor> HiddenStates(Tensor ids) => Run(ids, Config.Layers, [], keepAll: true);

    private Tensor[] Run(Tensor ids, long layers, IReadOnlyList<EmbeddingReplacement> replacements, bool keepAll = false)
    {
        var shape = ids.shape;
        if (shape.Length != 2 || shape[1] > Config.Positions)
            throw new ArgumentException($"Token ids must be (B, T) with T up to {Config.Positions}, not [{string.Join(", ", shape)}]: split longer prompts into chunks.", nameof(ids));
        if (layers < 1 || layers > Config.Layers)
            throw new ArgumentOutOfRangeException(nameof(layers), $"Clip skip must be from 1 to {Config.Layers}, the number of layers, not {Config.Layers + 1 - layers}.");
        foreach (var (row, position, vectors) in replacements)
        {
            if (vectors.dim() != 2 || vectors.shape[1] != Config.Width)
                throw new ArgumentException($"The vectors of an embedding are [{string.Join(", ", vectors.shape)}], and this text encoder is {Config.Width} wide: use an embedding that was made for it.", nameof(replacements));
            if (row < 0 || row >= shape[0] || position < 0 || position >= shape[1])
                throw new ArgumentException($"There is no row {row}, position {position} in token ids of [{string.Join(", ", shape)}].", nameof(replacements));
        }
        return text_model.Run(ids, layers, replacements, ComputeType, keepAll, Checkpointing == Checkpointing.Blocks);
    }

    private sealed class TextTransformer : Module
    {
        private readonly Embeddings embeddings;
        private readonly Encoder encoder;
        private readonly LayerNormLayer final_layer_norm;

        public TextTransformer(ClipTextConfig config) : base(nameof(TextTransformer))
        {
            embeddings = new(config);
            encoder = new(config);
            final_layer_norm = new(config.Width);
            RegisterComponents();
        }

        public Tensor Normalize(Tensor states) => final_layer_norm.call(states);

        // the embeddings and every layer's states, or the last states alone
        public Tensor[] Run(Tensor ids, long layers, IReadOnlyList<EmbeddingReplacement> replacements, ScalarType type, bool keepAll, bool isMadeAgain)
        {
            using var scope = NewDisposeScope();
            var length = ids.shape[1];
            var positions = arange(length, dtype: int64, device: ids.device);
            var later = positions.unsqueeze(0).gt(positions.unsqueeze(1));      // (T, T): columns a row must not see
            var mask = zeros([length, length], dtype: type, device: ids.device).masked_fill(later, float.NegativeInfinity);

            List<Tensor> states = [embeddings.Run(ids, replacements, type)];    // (B, T, D)
            foreach (var layer in encoder.layers.Take((int)layers))
                states.Add(isMadeAgain ? TorchExtras.Checkpoint(t => layer.call(t[0], t[1]), states[^1], mask) : layer.call(states[^1], mask));  // (B, T, D)
            return [.. states.Skip(keepAll ? 0 : states.Count - 1).Select(state => state.MoveToOuterDisposeScope())];
        }
    }

    private sealed class Embeddings : Module
    {
        private readonly EmbeddingLayer token_embedding, position_embedding;

        public Embeddings(ClipTextConfig config) : base(nameof(Embeddings))
        {
            token_embedding = new(config.VocabularySize, config.Width);
            position_embedding = new(config.Positions, config.Width);
            RegisterComponents();
        }

        public Tensor Run(Tensor ids, IReadOnlyList<EmbeddingReplacement> replacements, ScalarType type)
        {
            using var scope = NewDisposeScope();
            var length = ids.shape[1];
            var tokens = token_embedding.call(ids).to(type);                    // (B, T, D)
            foreach (var (row, position, vectors) in replacements)
            {
                var count = Math.Min(vectors.shape[0], length - position);
                tokens.select(0, row).narrow(0, position, count).copy_(vectors.narrow(0, 0, count));
            }
            return (tokens + position_embedding.Weight.narrow(0, 0, length).to(type)).MoveToOuterDisposeScope();
        }
    }

    private sealed class Encoder : Module
    {
        internal readonly ModuleList<ClipLayer> layers;

        public Encoder(ClipTextConfig config) : base(nameof(Encoder))
        {
            layers = new([.. Enumerable.Range(0, config.Layers).Select(_ => new ClipLayer(config))]);
            RegisterComponents();
        }
    }
}
