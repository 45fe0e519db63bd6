using LoraBridge.Checkpoints.Naming;

namespace LoraBridge.Lora.Catalog;

/// <summary>Tells an adapter's family by what its trainer wrote, else by the names of its tensors, else by their widths.</summary>
internal static class AdapterFamilyRules
{
    // as trainers write ss_base_model_version and modelspec.architecture
    private static readonly (string Prefix, ModelFamily Family)[] s_versions =
    [
        ("sdxl", ModelFamily.StableDiffusionXL), ("stable-diffusion-xl", ModelFamily.StableDiffusionXL),
        ("sd_v2", ModelFamily.StableDiffusion2), ("sd_2", ModelFamily.StableDiffusion2), ("sd2", ModelFamily.StableDiffusion2), ("stable-diffusion-v2", ModelFamily.StableDiffusion2),
        ("sd_v1", ModelFamily.StableDiffusion1), ("sd_1", ModelFamily.StableDiffusion1), ("sd1", ModelFamily.StableDiffusion1), ("stable-diffusion-v1", ModelFamily.StableDiffusion1),
    ];

    private static readonly string[] s_otherPrefixes = ["lora_transformer_", "lora_prior_", "lora_te3_", "transformer."];

    private static readonly string[] s_otherBlocks = ["double_blocks", "single_blocks", "joint_blocks", "single_transformer_blocks"];

    private static readonly string[] s_secondEncoder = ["lora_te2_", "text_encoder_2."];

    /// <summary>The family and its evidence; unknown with evidence is a model of none of the families.</summary>
    public static (ModelFamily Family, FamilyEvidence Evidence) FamilyOf(IReadOnlyDictionary<string, string> metadata, LoraKeys keys)
    {
        var versions = new[] { "ss_base_model_version", "modelspec.architecture" }
            .Select(key => metadata.GetValueOrDefault(key, "")).Where(version => version is not ("" or "None")).ToList();
        // ss_v2 goes between the two: old trainers write it and no version
        if (versions.FirstOrDefault() is { } first && Named(first) is { } said) return (said, FamilyEvidence.Metadata);
        if (metadata.GetValueOrDefault("ss_v2") == "True") return (ModelFamily.StableDiffusion2, FamilyEvidence.Metadata);
        if (versions.Select(Named).FirstOrDefault(family => family is not null) is { } other) return (other, FamilyEvidence.Metadata);

        if (ByKeys(keys) is { } named) return (named, FamilyEvidence.Keys);
        if (ByWidth(keys) is { } wide) return (wide, FamilyEvidence.Shapes);
        if (versions.Count > 0) return (ModelFamily.Unknown, FamilyEvidence.Metadata);
        return metadata.Count > 0 ? (ModelFamily.StableDiffusion1, FamilyEvidence.Assumed) : (ModelFamily.Unknown, FamilyEvidence.None);
    }

    private static ModelFamily? Named(string version)
    {
        foreach (var (prefix, family) in s_versions)
            if (version.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
                return family;
        return null;
    }

    private static ModelFamily? ByKeys(LoraKeys keys)
    {
        if (Begins(keys.UNetStems, s_otherPrefixes) || Begins(keys.TextStems, s_otherPrefixes)) return ModelFamily.Unknown;
        if (keys.UNetStems.Any(stem => s_otherBlocks.Any(part => stem.Contains(part, StringComparison.Ordinal)))) return ModelFamily.Unknown;
        if (Begins(keys.TextStems, s_secondEncoder)) return ModelFamily.StableDiffusionXL;
        // only its transformers have more than one block
        return keys.UNetStems.Any(stem => stem.Contains("transformer_blocks_1_", StringComparison.Ordinal) || stem.Contains("transformer_blocks.1.", StringComparison.Ordinal))
            ? ModelFamily.StableDiffusionXL
            : null;
    }

    private static bool Begins(IEnumerable<string> stems, string[] prefixes) =>
        stems.Any(stem => prefixes.Any(prefix => stem.StartsWith(prefix, StringComparison.Ordinal)));

    private static ModelFamily? ByWidth(LoraKeys keys) => (keys.ContextWidth, keys.UNetModules, keys.TextWidth) switch
    {
        (768, _, _) => ModelFamily.StableDiffusion1,
        (1024, _, _) => ModelFamily.StableDiffusion2,
        (2048, _, _) => ModelFamily.StableDiffusionXL,
        // SDXL's first encoder is as wide as SD 1's: its width tells only where the file has that encoder's own prefix
        (null, 0, 768) when !Begins(keys.TextStems, ["lora_te1_"]) => ModelFamily.StableDiffusion1,
        (null, _, 1024) => ModelFamily.StableDiffusion2,
        (null, _, 1280) => ModelFamily.StableDiffusionXL,
        _ => null,
    };
}
