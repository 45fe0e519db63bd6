namespace LoraBridge.Lora.Formats;

/// <summary>A file of an adapter, and the settings that stand beside it.</summary>
/// <param name="Path">The file of tensors.</param>
/// <param name="Config">PEFT's settings; null without.</param>
internal sealed record AdapterSource(string Path, AdapterConfig? Config);

/// <summary>Finds the files of an adapter: one, or those that diffusers and PEFT put into a folder.</summary>
internal static class AdapterSources
{
    private static readonly string[] s_names = ["adapter_model.safetensors", "pytorch_lora_weights.safetensors", "adapter_model.bin", "pytorch_lora_weights.bin"];

    private static readonly string[] s_networks = ["", "unet", "text_encoder"];

    /// <summary>The files of an adapter.</summary>
    /// <exception cref="FileNotFoundException">There are none.</exception>
    public static IReadOnlyList<AdapterSource> Of(string path)
    {
        if (!Directory.Exists(path)) return [Source(path)];
        List<AdapterSource> sources =
        [
            .. from network in s_networks
               from name in s_names
               let file = Path.Combine(path, network, name)
               where File.Exists(file)
               group file by network into files
               select Source(files.First()),
        ];
        return sources.Count > 0 ? sources : throw new FileNotFoundException($"The folder '{path}' holds no adapter: it should have {string.Join(" or ", s_names)}.", path);
    }

    private static AdapterSource Source(string file)
    {
        if (!s_names.Contains(Path.GetFileName(file))) return new(file, null);
        var config = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(file))!, AdapterConfig.FileName);
        return new(file, File.Exists(config) ? AdapterConfig.Read(config) : null);
    }
}
