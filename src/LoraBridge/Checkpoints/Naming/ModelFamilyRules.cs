namespace LoraBridge.Checkpoints.Naming;

/// <summary>Tells a model's family by the keys of its text encoder, or else by its UNet's shapes.</summary>
internal static class ModelFamilyRules
{
    // the text encoder's keys are the surest sign: nobody renames them, while widths differ in small models
    private static readonly (string Prefix, ModelFamily Family)[] _textKeys =
    [
        ("conditioner.embedders.1.", ModelFamily.StableDiffusionXL),
        ("cond_stage_model.model.", ModelFamily.StableDiffusion2),
        ("cond_stage_model.transformer.", ModelFamily.StableDiffusion1),
    ];

    private static readonly Dictionary<long, ModelFamily> _byWidth = new()
    {
        [768] = ModelFamily.StableDiffusion1,
        [1024] = ModelFamily.StableDiffusion2,
        [2048] = ModelFamily.StableDiffusionXL,
    };

    public static ModelFamily FamilyOf(IReadOnlyDictionary<string, TensorEntry> tensors, CheckpointKeys keys)
    {
        foreach (var (prefix, family) in _textKeys)
            if (tensors.Keys.Any(key => key.StartsWith(prefix, StringComparison.Ordinal)))
                return family;
        if (ContextWidth(tensors, keys) is not { } width) return ModelFamily.Unknown;
        if (_byWidth.TryGetValue(width, out var known)) return known;
        if (keys.UNet.ContainsKey("label_emb.0.0.weight")) return ModelFamily.StableDiffusionXL;
        return ProjectionDimensions(tensors, keys) switch
        {
            4 => ModelFamily.StableDiffusion1,
            2 => ModelFamily.StableDiffusion2,
            _ => ModelFamily.Unknown,
        };
    }

    /// <summary>Columns of the first cross-attention's keys; null when the UNet has none.</summary>
    public static long? ContextWidth(IReadOnlyDictionary<string, TensorEntry> tensors, CheckpointKeys keys) =>
        First(tensors, keys, ".transformer_blocks.0.attn2.to_k.weight")?.Shape is [_, var width] ? width : null;

    private static int? ProjectionDimensions(IReadOnlyDictionary<string, TensorEntry> tensors, CheckpointKeys keys) =>
        First(tensors, keys, ".1.proj_in.weight")?.Shape.Count;

    private static TensorEntry? First(IReadOnlyDictionary<string, TensorEntry> tensors, CheckpointKeys keys, string suffix) =>
        keys.UNet.Where(pair => pair.Key.EndsWith(suffix, StringComparison.Ordinal)).Select(pair => tensors[pair.Value]).FirstOrDefault();
}
