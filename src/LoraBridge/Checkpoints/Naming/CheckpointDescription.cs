namespace LoraBridge.Checkpoints.Naming;

/// <summary>Says in a sentence what a file is, for the person who chose it.</summary>
internal static class CheckpointDescription
{
    // files that are often put where a base model belongs
    private static readonly (string Part, string What)[] s_impostors =
    [
        (".lora_up.", "a LoRA"), (".lora_down.", "a LoRA"), (".lora_A.", "a LoRA"), (".lora.", "a LoRA"),
        (".hada_w1_a", "a LoRA of the LoHa kind"), (".lokr_w", "a LoRA of the LoKr kind"),
        ("string_to_param", "a textual inversion embedding"), ("emb_params", "a textual inversion embedding"),
        ("control_model.", "a ControlNet"), ("controlnet_", "a ControlNet"),
    ];

    public static string Of(IReadOnlyDictionary<string, TensorEntry> tensors, CheckpointKeys keys, ModelFamily family, IReadOnlyList<long>? input)
    {
        if (family == ModelFamily.Unknown && Impostor(tensors) is { } other) return $"not a base model but {other} ({tensors.Count:N0} tensors)";
        var parts = $"UNet {Count(keys.UNet.Count)}, autoencoder {Count(keys.Autoencoder.Count)}, text encoder {Count(keys.TextEncoder.Count)}";
        var rest = keys.Other.Count == 0 ? "" : $"; {keys.Other.Count:N0} keys of no known network, the first of them {SafetensorsHeader.Shown(keys.Other[0])}";
        if (family == ModelFamily.Unknown && keys.Autoencoder.Count > 0 && keys.UNet.Count == 0) return $"an autoencoder alone: {Count(keys.Autoencoder.Count)}{rest}";
        return $"{Name(family)}{Variant(input)}: {parts}{rest}";
    }

    private static string Name(ModelFamily family) => family switch
    {
        ModelFamily.StableDiffusion1 => "Stable Diffusion 1.x",
        ModelFamily.StableDiffusion2 => "Stable Diffusion 2.x",
        ModelFamily.StableDiffusionXL => "Stable Diffusion XL",
        _ => "no Stable Diffusion model known here",
    };

    private static string Variant(IReadOnlyList<long>? input) => input switch
    {
        [_, 4, ..] or null => "",
        [_, 9, ..] => " for inpainting",
        [_, 8, ..] => " for edits by instruction (instruct-pix2pix)",
        [_, var channels, ..] => $" with {channels} input channels",
        _ => "",
    };

    private static string Count(int tensors) => tensors == 0 ? "missing" : $"{tensors:N0} tensors";

    private static string? Impostor(IReadOnlyDictionary<string, TensorEntry> tensors)
    {
        foreach (var (part, what) in s_impostors)
            if (tensors.Keys.Any(key => key.Contains(part, StringComparison.Ordinal)))
                return what;
        return null;
    }
}
