using LoraBridge.Checkpoints.Naming;

namespace LoraBridge.Lora.Formats;

/// <summary>A layer that was found by its name.</summary>
/// <param name="Module">The layer.</param>
/// <param name="Layout">Whose spelling it was.</param>
/// <param name="HasAlpha">Whether files of the layout carry alpha, so that its absence means 1.</param>
internal readonly record struct FoundLayer(ModuleName Module, string Layout, bool HasAlpha);

/// <summary>Finds the layer behind the name of one in an adapter file, whoever wrote it.</summary>
internal static class LayerFinder
{
    private const string OftPrefix = "oft_unet_", KohyaPrefix = "lora_unet_";

    // wrappers of PEFT and of the network; the first that fits is taken off, again and again
    private static readonly (string Prefix, string Layout, ModelComponent? Component)[] s_prefixes =
    [
        ("base_model.model.", "PEFT", null),
        ("model.diffusion_model.", "ComfyUI", ModelComponent.UNet),
        ("diffusion_model.", "ComfyUI", ModelComponent.UNet),
        ("cond_stage_model.transformer.", "checkpoint names", ModelComponent.TextEncoder),
        ("unet.", "diffusers", ModelComponent.UNet),
        ("text_encoder.", "diffusers", ModelComponent.TextEncoder),
    ];

    // the first attention processors of diffusers
    private static readonly (string Old, string New)[] s_processorNames =
    [
        ("to_q_lora", "to_q"), ("to_k_lora", "to_k"), ("to_v_lora", "to_v"), ("to_out_lora", "to_out.0"),
    ];

    private static readonly (string Old, string New)[] s_textNames =
    [
        ("self_attn.to_q", "self_attn.q_proj"), ("self_attn.to_k", "self_attn.k_proj"),
        ("self_attn.to_v", "self_attn.v_proj"), ("self_attn.to_out.0", "self_attn.out_proj"),
    ];

    /// <summary>The layer, or null when the model has none of that name.</summary>
    public static FoundLayer? Find(string stem, ModelLayers layers)
    {
        var flat = stem.StartsWith(OftPrefix, StringComparison.Ordinal) ? KohyaPrefix + stem[OftPrefix.Length..] : stem;
        if (layers.Names.Find(flat) is { } kohya) return new(kohya, KohyaLayout(stem, layers.Names.Stem(kohya)), HasAlpha: true);

        var (path, layout, component) = (stem, "bare names", (ModelComponent?)null);
        for (var i = 0; i < s_prefixes.Length; i++)
        {
            var (prefix, prefixLayout, prefixComponent) = s_prefixes[i];
            if (!path.StartsWith(prefix, StringComparison.Ordinal)) continue;
            path = path[prefix.Length..];
            if (layout is "bare names") layout = prefixLayout;
            component ??= prefixComponent;
            i = -1;
        }
        return layers.DottedNames.Find(Today(path), component) is { } dotted ? new(dotted, layout, HasAlpha: layout == "ComfyUI") : null;
    }

    /// <summary>Takes off what trainers leave that save a wrapped model.</summary>
    public static string Unwrapped(string key)
    {
        while (key.StartsWith("module.", StringComparison.Ordinal)) key = key["module.".Length..];
        return key.Contains("_orig_mod.", StringComparison.Ordinal) ? key.Replace("_orig_mod.", "", StringComparison.Ordinal) : key;
    }

    private static string KohyaLayout(string stem, string written)
    {
        if (stem.StartsWith(OftPrefix, StringComparison.Ordinal)) return "kohya OFT";
        if (stem.StartsWith("lycoris_", StringComparison.Ordinal)) return "LyCORIS";
        if (stem.StartsWith("lora_te1_", StringComparison.Ordinal) || stem == written) return "kohya";
        return "kohya with single-file names";
    }

    private static string Today(string path)
    {
        path = path.Replace(".processor.", ".", StringComparison.Ordinal);
        foreach (var (old, today) in s_processorNames)
            if (path.EndsWith(old, StringComparison.Ordinal))
                path = path[..^old.Length] + today;
        foreach (var (old, today) in s_textNames)
            if (path.EndsWith(old, StringComparison.Ordinal))
                path = path[..^old.Length] + today;
        return path;
    }
}
