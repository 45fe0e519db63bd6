namespace LoraBridge.Diffusion.Models;

/// <summary>Sorts the keys of a single-file checkpoint into the models they belong to.</summary>
internal sealed class CheckpointParts
{
    /// <summary>What the UNet's keys begin with.</summary>
    public const string UNetPrefix = "model.diffusion_model.";

    /// <summary>What the autoencoder's keys begin with.</summary>
    public const string AutoencoderPrefix = "first_stage_model.";

    /// <summary>What the text encoder's keys begin with.</summary>
    public const string TextPrefix = "cond_stage_model.transformer.";

    /// <summary>Names in the UNet, each with its key in the file.</summary>
    public Dictionary<string, string> UNet { get; } = [];

    /// <summary>Names in the autoencoder, each with its key in the file.</summary>
    public Dictionary<string, string> Autoencoder { get; } = [];

    /// <summary>Names in the text encoder, each with its key in the file.</summary>
    public Dictionary<string, string> Text { get; } = [];

    /// <summary>Keys that no model uses: averaged copies, losses, buffers that follow from the configuration.</summary>
    public List<string> Unused { get; } = [];

    /// <summary>Sorts the keys of a whole checkpoint.</summary>
    /// <exception cref="UnsupportedModelException">They are not those of a Stable Diffusion 1.x checkpoint.</exception>
    public static CheckpointParts OfCheckpoint(string path, IEnumerable<string> keys)
    {
        var parts = new CheckpointParts();
        foreach (var key in keys)
        {
            if (IsUnused(key)) parts.Unused.Add(key);
            else if (key.StartsWith(UNetPrefix, StringComparison.Ordinal)) parts.UNet.Add(key[UNetPrefix.Length..], key);
            else if (key.StartsWith(AutoencoderPrefix, StringComparison.Ordinal)) parts.Autoencoder.Add(key[AutoencoderPrefix.Length..], key);
            else if (key.StartsWith(TextPrefix, StringComparison.Ordinal)) parts.Text.Add(TextName(key[TextPrefix.Length..]), key);
            else parts.Unused.Add(key);
        }
        if (parts.UNet.Count == 0 || parts.Text.Count == 0) throw Explain(path, parts);
        return parts;
    }

    /// <summary>Sorts the keys of an autoencoder's own file, which may or may not have a whole checkpoint's prefix.</summary>
    /// <exception cref="UnsupportedModelException">They are not those of an autoencoder.</exception>
    public static CheckpointParts OfAutoencoder(string path, IEnumerable<string> keys)
    {
        var parts = new CheckpointParts();
        foreach (var key in keys)
        {
            var name = key.StartsWith(AutoencoderPrefix, StringComparison.Ordinal) ? key[AutoencoderPrefix.Length..] : key;
            if (IsUnused(key) || IsUnused(AutoencoderPrefix + key) || !IsAutoencoder(name)) parts.Unused.Add(key);
            else parts.Autoencoder.Add(name, key);
        }
        return parts.Autoencoder.ContainsKey("decoder.conv_in.weight") && parts.Autoencoder.ContainsKey("encoder.conv_in.weight")
            ? parts
            : throw new UnsupportedModelException(path, "without a whole autoencoder", "Choose a VAE file in the single-file layout.");
    }

    private static bool IsAutoencoder(string name) => name.Split('.')[0] is "encoder" or "decoder" or "quant_conv" or "post_quant_conv";

    private static bool IsUnused(string key) =>
        key.StartsWith("model_ema.", StringComparison.Ordinal)
        || key.StartsWith(AutoencoderPrefix + "loss.", StringComparison.Ordinal)
        || key.StartsWith(AutoencoderPrefix + "model_ema.", StringComparison.Ordinal)
        || key.EndsWith(".position_ids", StringComparison.Ordinal);

    // older files leave "text_model." out
    private static string TextName(string name) =>
        name.StartsWith("text_model.", StringComparison.Ordinal) ? name : "text_model." + name;

    private static UnsupportedModelException Explain(string path, CheckpointParts parts)
    {
        bool Any(string part) => parts.Unused.Any(key => key.Contains(part, StringComparison.Ordinal));
        return 0 switch
        {
            _ when Any("lora_down") || Any("lora_A") || Any("hada_w1") || Any("lokr_w1") =>
                new(path, "a LoRA", "Move it to the LoRA folder and name it in the prompt."),
            _ when Any("conditioner.embedders.") => new(path, "a Stable Diffusion XL checkpoint", "Choose a 1.x checkpoint."),
            _ when Any("cond_stage_model.model.") => new(path, "a Stable Diffusion 2.x checkpoint", "Choose a 1.x checkpoint."),
            _ when Any("down_blocks.") => new(path, "one part of a model in the diffusers layout", "Choose the whole model as a single file."),
            _ when Any("joint_blocks.") || Any("double_blocks.") => new(path, "a checkpoint of a transformer model", "Choose a 1.x checkpoint."),
            _ when parts.Autoencoder.Count > 0 || Any("decoder.conv_in") => new(path, "an autoencoder", "Choose it as the VAE of a checkpoint."),
            _ when parts.UNet.Count > 0 => new(path, "a UNet without a text encoder", "Choose a checkpoint that holds both."),
            _ => new(path, "a file of other tensors", "Choose a 1.x checkpoint in the single-file layout."),
        };
    }
}
