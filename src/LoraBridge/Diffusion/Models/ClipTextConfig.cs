namespace LoraBridge.Diffusion.Models;

/// <summary>The sizes of a CLIP text encoder. All but the heads and the activation can be read from the shapes of its weights.</summary>
public sealed record ClipTextConfig
{
    /// <summary>Tokens of the vocabulary.</summary>
    public long VocabularySize { get; init; } = 49408;

    /// <summary>Positions: the longest row of tokens, start and end included.</summary>
    public long Positions { get; init; } = 77;

    /// <summary>Width of the hidden states.</summary>
    public required long Width { get; init; }

    /// <summary>Width between the two linear layers of a block.</summary>
    public required long IntermediateWidth { get; init; }

    /// <summary>Transformer layers.</summary>
    public required int Layers { get; init; }

    /// <summary>Attention heads.</summary>
    public required long Heads { get; init; }

    /// <summary>Whether the activation is x sigmoid(1.702 x), as in OpenAI's CLIP, and not GELU.</summary>
    public bool IsQuickGelu { get; init; } = true;

    /// <summary>The text encoder of Stable Diffusion 1.x: 123,060,480 parameters.</summary>
    public static ClipTextConfig Sd15 { get; } = new() { Width = 768, IntermediateWidth = 3072, Layers = 12, Heads = 12 };

    /// <summary>The same topology with sizes that a test can afford.</summary>
    public static ClipTextConfig Tiny { get; } = new() { VocabularySize = 1000, Width = 64, IntermediateWidth = 256, Layers = 3, Heads = 4 };

    /// <summary>Reads the sizes off the shapes of a text encoder's weights.</summary>
    /// <param name="shapes">Shapes by name, beginning with "text_model.".</param>
    /// <param name="hints">What the shapes do not say.</param>
    /// <exception cref="ModelShapeException">The weights are not those of such a text encoder.</exception>
    public static ClipTextConfig FromShapes(IReadOnlyDictionary<string, long[]> shapes, ModelHints hints)
    {
        var reader = new ShapeReader(shapes, "text encoder");
        var tokens = reader.Shape("text_model.embeddings.token_embedding.weight", 2);
        var width = tokens[1];
        var config = new ClipTextConfig
        {
            VocabularySize = tokens[0],
            Positions = reader.Shape("text_model.embeddings.position_embedding.weight", 2)[0],
            Width = width,
            IntermediateWidth = reader.Shape("text_model.encoder.layers.0.mlp.fc1.weight", 2)[0],
            Layers = reader.Count("text_model.encoder.layers."),
            Heads = hints.TextHeads ?? Math.Max(width / 64, 1),
            IsQuickGelu = hints.TextActivation is null or "quick_gelu",
        };
        return width % config.Heads == 0
            ? config
            : throw reader.Fail($"its width {width} cannot be divided among {config.Heads} heads; state the number of heads");
    }
}
