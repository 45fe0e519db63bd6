namespace LoraBridge.Checkpoints.Naming;

/// <summary>A file's keys by network, under the names they have in a single file without its prefixes.</summary>
internal sealed class CheckpointKeys
{
    // in this order: the first prefix that fits decides
    private static readonly (string Prefix, ModelComponent Component)[] _prefixes =
    [
        ("model.diffusion_model.", ModelComponent.UNet),
        ("first_stage_model.", ModelComponent.Autoencoder),
        ("cond_stage_model.transformer.", ModelComponent.TextEncoder),
        ("diffusion_model.", ModelComponent.UNet),
    ];

    // a file of one network has no prefix: then a key's first part decides
    private static readonly Dictionary<string, ModelComponent> _roots = new(StringComparer.Ordinal)
    {
        ["time_embed"] = ModelComponent.UNet,
        ["label_emb"] = ModelComponent.UNet,
        ["input_blocks"] = ModelComponent.UNet,
        ["middle_block"] = ModelComponent.UNet,
        ["output_blocks"] = ModelComponent.UNet,
        ["out"] = ModelComponent.UNet,
        ["time_embedding"] = ModelComponent.UNet,
        ["add_embedding"] = ModelComponent.UNet,
        ["conv_in"] = ModelComponent.UNet,
        ["down_blocks"] = ModelComponent.UNet,
        ["mid_block"] = ModelComponent.UNet,
        ["up_blocks"] = ModelComponent.UNet,
        ["conv_norm_out"] = ModelComponent.UNet,
        ["conv_out"] = ModelComponent.UNet,
        ["encoder"] = ModelComponent.Autoencoder,
        ["decoder"] = ModelComponent.Autoencoder,
        ["quant_conv"] = ModelComponent.Autoencoder,
        ["post_quant_conv"] = ModelComponent.Autoencoder,
        ["text_model"] = ModelComponent.TextEncoder,
    };

    private static readonly string[] _ignoredPrefixes = ["model_ema.", "loss.", "first_stage_model.loss.", "first_stage_model.model_ema."];

    private static readonly string[] _ignoredSuffixes = ["embeddings.position_ids"];

    // the diffusion schedule as the original trainer stored it, and marks of prediction type
    private static readonly HashSet<string> _ignoredKeys = new(StringComparer.Ordinal)
    {
        "betas", "alphas_cumprod", "alphas_cumprod_prev", "sqrt_alphas_cumprod", "sqrt_one_minus_alphas_cumprod",
        "log_one_minus_alphas_cumprod", "sqrt_recip_alphas_cumprod", "sqrt_recipm1_alphas_cumprod", "posterior_variance",
        "posterior_log_variance_clipped", "posterior_mean_coef1", "posterior_mean_coef2", "lvlb_weights", "logvar", "scale_factor",
        "denoiser.sigmas", "v_pred", "ztsnr",
    };

    private CheckpointKeys()
    {
    }

    public Dictionary<string, string> UNet { get; private set; } = new(StringComparer.Ordinal);

    public Dictionary<string, string> Autoencoder { get; private set; } = new(StringComparer.Ordinal);

    public Dictionary<string, string> TextEncoder { get; } = new(StringComparer.Ordinal);

    public List<string> Ignored { get; } = [];

    public List<string> Other { get; } = [];

    public static CheckpointKeys Sort(IEnumerable<string> keys)
    {
        var sorted = new CheckpointKeys();
        foreach (var key in keys) sorted.Add(key);
        if (sorted.UNet.Keys.Any(name => name.StartsWith("down_blocks.", StringComparison.Ordinal)))
            sorted.UNet = sorted.FromDiffusers(sorted.UNet, UNetTopology.Find(sorted.UNet.Keys) is { } topology ? UNetNames.Table(topology) : null);
        if (sorted.Autoencoder.Keys.Any(name => name.Contains("_blocks.", StringComparison.Ordinal)))
            sorted.Autoencoder = sorted.FromDiffusers(sorted.Autoencoder, KeyNames.ForAutoencoder(sorted.Autoencoder.Keys));
        return sorted;
    }

    private void Add(string key)
    {
        if (_ignoredKeys.Contains(key)
            || _ignoredPrefixes.Any(prefix => key.StartsWith(prefix, StringComparison.Ordinal))
            || _ignoredSuffixes.Any(suffix => key.EndsWith(suffix, StringComparison.Ordinal)))
        {
            Ignored.Add(key);
            return;
        }
        if (Place(key) is not var (component, name) || !Names(component).TryAdd(name, key)) Other.Add(key);
    }

    private Dictionary<string, string> Names(ModelComponent component) => component switch
    {
        ModelComponent.UNet => UNet,
        ModelComponent.Autoencoder => Autoencoder,
        _ => TextEncoder,
    };

    private static (ModelComponent Component, string Name)? Place(string key)
    {
        foreach (var (prefix, component) in _prefixes)
            if (key.StartsWith(prefix, StringComparison.Ordinal))
                return Placed(component, key[prefix.Length..]);
        return _roots.TryGetValue(key.Split('.', 2)[0], out var root) ? Placed(root, key) : null;
    }

    private static (ModelComponent Component, string Name)? Placed(ModelComponent component, string name)
    {
        if (component != ModelComponent.TextEncoder) return (component, name);
        return TextEncoderNames.Canonical(name) is { } canonical ? (component, canonical) : null;
    }

    private Dictionary<string, string> FromDiffusers(Dictionary<string, string> names, KeyNames? table)
    {
        var translated = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, key) in names)
            if (table?.ToSingleFile(name) is not { } single || !translated.TryAdd(single, key))
                Other.Add(key);
        return translated;
    }
}
