using LoraBridge.Checkpoints;

namespace LoraBridge.Lora.Formats;

/// <summary>Tells for which family of models an adapter file was made, from its keys, widths and remarks.</summary>
internal static class ForeignFamily
{
    private const string Sd1 = "Stable Diffusion 1.x", Sd2 = "Stable Diffusion 2.x", Sdxl = "Stable Diffusion XL";

    // parts of keys that one family alone has; the first that is met decides
    private static readonly (string Part, string Family)[] s_parts =
    [
        ("lora_te2_", Sdxl), ("text_encoder_2.", Sdxl),
        ("lora_te3_", "Stable Diffusion 3"), ("text_encoder_3.", "Stable Diffusion 3"), ("joint_blocks", "Stable Diffusion 3"),
        ("lora_prior_", "Stable Cascade or Kandinsky (a prior)"),
        ("double_blocks", "Flux"), ("single_transformer_blocks", "Flux"), ("single_blocks", "Flux"),
        ("lora_transformer_", "a diffusion transformer"), ("transformer.transformer_blocks", "a diffusion transformer"), ("transformer.blocks", "a diffusion transformer"),
        ("diffusion_model.blocks", "a video or diffusion transformer"), ("lora_unet_blocks_", "a video or diffusion transformer"),
        ("model.layers.", "a language model"), ("transformer.h.", "a language model"), ("lora_controlnet", "a ControlNet"),
        ("down_blocks_1_attentions_0_transformer_blocks_1", Sdxl), ("down_blocks.1.attentions.0.transformer_blocks.1", Sdxl),
        ("input_blocks_4_1_transformer_blocks_1", Sdxl), ("input_blocks.4.1.transformer_blocks.1", Sdxl),
    ];

    private static readonly Dictionary<long, string> s_byContext = new() { [768] = Sd1, [1024] = Sd2, [2048] = Sdxl };

    /// <summary>The key that belongs to another family than the model's, and that family; null when there is none.</summary>
    /// <param name="tensors">The file's tensors.</param>
    /// <param name="contextWidth">Of the model's text embeddings.</param>
    public static (string Key, string Family)? OfKeys(IReadOnlyDictionary<string, TensorEntry> tensors, long contextWidth)
    {
        var own = s_byContext.GetValueOrDefault(contextWidth);
        foreach (var (part, family) in s_parts)
            if (family != own && tensors.Keys.FirstOrDefault(key => key.Contains(part, StringComparison.Ordinal) && !key.StartsWith("bundle_emb.", StringComparison.Ordinal)) is { } key)
                return (key, family);
        return Context(tensors) is var (name, width) && width != contextWidth && s_byContext.TryGetValue(width, out var byWidth) ? (name, byWidth) : null;
    }

    /// <summary>The family that the file's remarks name, where it is not the model's; else null.</summary>
    public static string? OfRemarks(IReadOnlyDictionary<string, string> metadata, long contextWidth) =>
        OfMetadata(metadata) is { } told && told != s_byContext.GetValueOrDefault(contextWidth) ? told : null;

    // what the keys of cross-attention take in: the width of the text embeddings
    private static (string Key, long Width)? Context(IReadOnlyDictionary<string, TensorEntry> tensors)
    {
        foreach (var (key, entry) in tensors)
            if ((key.Contains("attn2_to_k.", StringComparison.Ordinal) || key.Contains("attn2.to_k.", StringComparison.Ordinal) || key.Contains("attn2.processor.to_k_lora.", StringComparison.Ordinal))
                && (key.EndsWith("down.weight", StringComparison.Ordinal) || key.EndsWith("lora_A.weight", StringComparison.Ordinal)) && entry.Shape.Count >= 2)
                return (key, entry.Shape[1]);
        return null;
    }

    private static string? OfMetadata(IReadOnlyDictionary<string, string> metadata)
    {
        if (metadata.TryGetValue("ss_base_model_version", out var version))
        {
            if (version.StartsWith("sdxl_", StringComparison.Ordinal)) return Sdxl;
            if (version.StartsWith("sd_v1", StringComparison.Ordinal)) return Sd1;
            if (version.StartsWith("sd_v2", StringComparison.Ordinal)) return Sd2;
        }
        if (metadata.TryGetValue("ss_v2", out var v2) && v2 == "True") return Sd2;
        if (!metadata.TryGetValue("modelspec.architecture", out var architecture)) return null;
        if (architecture.StartsWith("stable-diffusion-xl", StringComparison.Ordinal)) return Sdxl;
        if (architecture.StartsWith("stable-diffusion-v2", StringComparison.Ordinal)) return Sd2;
        return architecture.StartsWith("stable-diffusion-v1", StringComparison.Ordinal) ? Sd1 : null;
    }
}
