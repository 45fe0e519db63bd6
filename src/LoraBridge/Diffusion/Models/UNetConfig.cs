using System.Text.RegularExpressions;

namespace LoraBridge.Diffusion.Models;

/// <summary>One resolution of the UNet: its width, and for each of its blocks how deep its transformer is (0: none).</summary>
/// <param name="Channels">Width of the level.</param>
/// <param name="InputDepths">Transformer blocks behind each residual block on the way down.</param>
/// <param name="OutputDepths">Transformer blocks behind each residual block on the way up: one block more.</param>
public sealed record UNetLevel(long Channels, IReadOnlyList<int> InputDepths, IReadOnlyList<int> OutputDepths);

/// <summary>The sizes of a UNet. All but the heads and the norm groups can be read from the shapes of its weights.</summary>
public sealed partial record UNetConfig
{
    /// <summary>Channels of the latents that go in: 4, with a mask and a masked picture 9.</summary>
    public long InputChannels { get; init; } = 4;

    /// <summary>Channels of the prediction that comes out.</summary>
    public long OutputChannels { get; init; } = 4;

    /// <summary>Width of the first convolution and of the sines of the timestep.</summary>
    public required long ModelChannels { get; init; }

    /// <summary>Width of the timestep's embedding.</summary>
    public required long EmbeddingChannels { get; init; }

    /// <summary>Width of the text embeddings.</summary>
    public required long ContextDim { get; init; }

    /// <summary>The resolutions, from the finest to the coarsest.</summary>
    public required IReadOnlyList<UNetLevel> Levels { get; init; }

    /// <summary>Transformer blocks in the middle.</summary>
    public int MiddleDepth { get; init; } = 1;

    /// <summary>Whether the transformers' projections are linear layers and not 1x1 convolutions.</summary>
    public bool LinearProjections { get; init; }

    /// <summary>Attention heads of every transformer; not used where <see cref="HeadWidth"/> is given.</summary>
    public long HeadCount { get; init; } = 8;

    /// <summary>Width of one attention head, the heads being as many as fit; null where their number is fixed.</summary>
    public long? HeadWidth { get; init; }

    /// <summary>Groups of the group norms.</summary>
    public long NormGroups { get; init; } = 32;

    /// <summary>The UNet of Stable Diffusion 1.x: 859,520,964 parameters.</summary>
    public static UNetConfig Sd15 { get; } = SdLike(320, 1280, 768, [320, 640, 1280, 1280]);

    /// <summary>The same topology with widths that a test can afford.</summary>
    public static UNetConfig Tiny { get; } = SdLike(32, 128, 64, [32, 64, 96, 96]);

    /// <summary>Attention heads in a transformer of that width.</summary>
    public long Heads(long channels) => HeadWidth is { } width ? channels / width : HeadCount;

    /// <summary>Reads the sizes off the shapes of a UNet's weights.</summary>
    /// <param name="shapes">Shapes by single-file name, without "model.diffusion_model.".</param>
    /// <param name="hints">What the shapes do not say.</param>
    /// <exception cref="ModelShapeException">The weights are not those of such a UNet.</exception>
    public static UNetConfig FromShapes(IReadOnlyDictionary<string, long[]> shapes, ModelHints hints)
    {
        var reader = new ShapeReader(shapes, "UNet");
        var first = reader.Shape("input_blocks.0.0.weight", 4);
        var embedding = reader.Shape("time_embed.2.weight", 2);

        var levels = new List<(long Channels, List<int> Depths)>();
        for (var i = 1; reader.HasAny($"input_blocks.{i}."); i++)
        {
            if (i == 1 || reader.Has($"input_blocks.{i - 1}.0.op.weight")) levels.Add((0, []));
            if (reader.Has($"input_blocks.{i}.0.op.weight")) continue;
            levels[^1] = levels[^1] with { Channels = reader.Shape($"input_blocks.{i}.0.out_layers.3.weight", 4)[0] };
            levels[^1].Depths.Add(reader.Count($"input_blocks.{i}.1.transformer_blocks."));
        }

        // on the way up a level ends with an upsampler, the finest with the last block
        var outputs = new List<List<int>> { new() };
        for (var i = 0; reader.HasAny($"output_blocks.{i}."); i++)
        {
            outputs[^1].Add(reader.Count($"output_blocks.{i}.1.transformer_blocks."));
            if (reader.Has($"output_blocks.{i}.1.conv.weight") || reader.Has($"output_blocks.{i}.2.conv.weight")) outputs.Add([]);
        }
        if (levels.Count == 0 || outputs.Count != levels.Count || levels.Any(level => level.Depths.Count == 0))
            throw reader.Fail($"it has {levels.Count} levels on the way down and {outputs.Count} on the way up");
        outputs.Reverse();

        var projection = shapes.Keys.FirstOrDefault(name => name.EndsWith(".proj_in.weight", StringComparison.Ordinal));
        var toKeys = shapes.Keys.FirstOrDefault(name => ContextKeys().IsMatch(name))
            ?? throw reader.Fail("it has no attention to a prompt");
        return new UNetConfig
        {
            InputChannels = first[1],
            OutputChannels = reader.Shape("out.2.weight", 4)[0],
            ModelChannels = first[0],
            EmbeddingChannels = embedding[0],
            ContextDim = shapes[toKeys][1],
            Levels = [.. levels.Select((level, i) => new UNetLevel(level.Channels, level.Depths, outputs[i]))],
            MiddleDepth = reader.Count("middle_block.1.transformer_blocks."),
            LinearProjections = projection is not null && shapes[projection].Length == 2,
            HeadCount = hints.UNetHeads ?? 8,
            HeadWidth = hints.UNetHeads is null ? hints.UNetHeadWidth : null,
            NormGroups = hints.UNetNormGroups ?? 32,
        };
    }

    // transformers everywhere but on the coarsest level, two blocks a level
    private static UNetConfig SdLike(long model, long embedding, long context, long[] widths) => new()
    {
        ModelChannels = model,
        EmbeddingChannels = embedding,
        ContextDim = context,
        Levels = [.. widths.Select((width, i) => i < widths.Length - 1 ? new UNetLevel(width, [1, 1], [1, 1, 1]) : new(width, [0, 0], [0, 0, 0]))],
    };

    [GeneratedRegex(@"\.attn2\.to_k\.weight$")]
    private static partial Regex ContextKeys();
}
