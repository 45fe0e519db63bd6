using LoraBridge.Checkpoints.Naming;

namespace LoraBridge.Lora.Formats;

/// <summary>A model's layers by their names with dots: those of a single file, and those of diffusers and transformers.</summary>
internal sealed class LayerNames
{
    private const string TextRoot = "text_model.";

    private readonly Dictionary<string, ModuleName> _unet = new(StringComparer.Ordinal), _text = new(StringComparer.Ordinal);
    private readonly Dictionary<ModuleName, string> _diffusers = [];

    public LayerNames(ModelLayers layers)
    {
        var table = KeyNames.ForUNet(layers.All.Where(name => name.Component == ModelComponent.UNet).Select(name => name.Path));
        foreach (var name in layers.All)
        {
            if (name.Component == ModelComponent.UNet)
            {
                _diffusers[name] = table.ToDiffusers(name.Path) ?? name.Path;
                _unet.TryAdd(_diffusers[name], name);
                _unet.TryAdd(name.Path, name);
            }
            else
            {
                _diffusers[name] = name.Path;
                _text.TryAdd(name.Path, name);
                if (name.Path.StartsWith(TextRoot, StringComparison.Ordinal)) _text.TryAdd(name.Path[TextRoot.Length..], name);
            }
        }
    }

    /// <summary>The layer of that name in a network, or in any when none is given; null when there is none.</summary>
    public ModuleName? Find(string path, ModelComponent? component)
    {
        if (component != ModelComponent.TextEncoder && _unet.TryGetValue(path, out var unet)) return unet;
        return component != ModelComponent.UNet && _text.TryGetValue(path, out var text) ? text : null;
    }

    /// <summary>The name in diffusers or transformers, without the network's prefix.</summary>
    public string Diffusers(ModuleName name) => _diffusers[name];
}
