namespace LoraBridge.Checkpoints.Naming;

/// <summary>
/// The names LoRA files give to a model's layers: <c>lora_unet_down_blocks_0_attentions_0_proj_in</c>. Dots became underscores, so
/// a name cannot be taken apart again; it is looked up among the names of the layers that the model has.
/// </summary>
public sealed class KohyaNames
{
    private static readonly string[] _unetPrefixes = ["lora_unet", "lycoris"];

    // "lora_te1" is what converters from PEFT write even where there is one encoder only
    private static readonly string[] _textPrefixes = ["lora_te", "lora_te1", "lycoris"];

    private readonly Dictionary<string, ModuleName> _modules = new(StringComparer.Ordinal);
    private readonly Dictionary<ModuleName, string> _stems = [];

    private KohyaNames()
    {
    }

    /// <summary>Builds the table from the single-file paths of all layers of a model.</summary>
    /// <param name="unetModules">Such as <c>input_blocks.1.1.proj_in</c>; the whole UNet, or its levels cannot be counted.</param>
    /// <param name="textModules">Such as <c>text_model.encoder.layers.0.mlp.fc1</c>.</param>
    /// <exception cref="ArgumentException">The UNet is not whole, or two layers would share one name.</exception>
    public static KohyaNames Of(IEnumerable<string> unetModules, IEnumerable<string> textModules)
    {
        var names = new KohyaNames();
        var paths = unetModules.ToList();
        var table = KeyNames.ForUNet(paths);
        foreach (var path in paths)
        {
            var module = new ModuleName(ModelComponent.UNet, path);
            names.Add(module, _unetPrefixes, table.ToDiffusers(path) ?? path);
            names.Add(module, _unetPrefixes, path);                             // the spelling of SDXL's files
        }
        foreach (var path in textModules)
            names.Add(new ModuleName(ModelComponent.TextEncoder, path), _textPrefixes, path);
        return names;
    }

    /// <summary>The paths of the layers behind parameter names: what stands before <c>.weight</c>.</summary>
    public static IEnumerable<string> ModulesOf(IEnumerable<string> parameters) =>
        parameters.Where(name => name.EndsWith(".weight", StringComparison.Ordinal)).Select(name => name[..^".weight".Length]);

    /// <summary>The layer a stem stands for, or null when the model has none of that name.</summary>
    /// <param name="stem">What stands before the first dot of a key, such as <c>lora_te_text_model_encoder_layers_0_mlp_fc1</c>.</param>
    public ModuleName? Find(string stem) => _modules.TryGetValue(stem, out var module) ? module : null;

    /// <summary>The stem to write for a layer: diffusers' path, as SD 1 and 2 files have it.</summary>
    /// <exception cref="KeyNotFoundException">The model has no such layer.</exception>
    public string Stem(ModuleName module) =>
        _stems.TryGetValue(module, out var stem) ? stem : throw new KeyNotFoundException($"The model has no layer '{module.Path}' in its {module.Component}.");

    private void Add(ModuleName module, string[] prefixes, string path)
    {
        var flat = path.Replace('.', '_');
        foreach (var prefix in prefixes)
            if (!_modules.TryAdd($"{prefix}_{flat}", module) && _modules[$"{prefix}_{flat}"] != module)
                throw new ArgumentException($"The layers '{_modules[$"{prefix}_{flat}"].Path}' and '{module.Path}' would both be named '{prefix}_{flat}'.", nameof(path));
        _stems.TryAdd(module, $"{prefixes[0]}_{flat}");
    }
}
