using LoraBridge.Diffusion.Models;

namespace EmojiDiffusion.Training;

/// <summary>The sizes of the shipped model: Stable Diffusion 1.x's topology with widths that make a file of at most 32 MB in half precision.</summary>
internal static class ModelSizes
{
    /// <summary>Width of the text embeddings.</summary>
    public const long TextWidth = 128;

    /// <summary>The UNet: 6.9 million parameters, 0.5 GFLOP for one evaluation at 16 x 16.</summary>
    /// <remarks>
    /// Most parameters lie where there are few cells, which is where a glyph's shape is remembered: 64/96/96/64 has as many and takes twice the
    /// arithmetic. Heads of 32 instead of eight of 4 to 16: a quarter of the scores, which take most of the time of such a small network.
    /// </remarks>
    public static UNetConfig UNet { get; } = new()
    {
        ModelChannels = 32,
        EmbeddingChannels = 128,
        ContextDim = TextWidth,
        Levels = [new(32, [1, 1], [1, 1, 1]), new(64, [1, 1], [1, 1, 1]), new(128, [1, 1], [1, 1, 1]), new(80, [0, 0], [0, 0, 0])],
        NormGroups = 16,
        HeadWidth = 32,
    };

    /// <summary>What a file's metadata must tell of them, because no shape shows it.</summary>
    public static IReadOnlyDictionary<string, string> Hints { get; } = new Dictionary<string, string>
    {
        ["lorabridge.unet_norm_groups"] = $"{UNet.NormGroups}",
        ["lorabridge.unet_head_width"] = $"{UNet.HeadWidth}",
    };

    /// <summary>The text encoder, as many tokens as are trained; the file has CLIP's whole vocabulary.</summary>
    public static ClipTextConfig Text(long tokens) => new()
    {
        VocabularySize = tokens,
        Width = TextWidth,
        IntermediateWidth = 4 * TextWidth,
        Layers = 4,
        Heads = 2,
    };
}
