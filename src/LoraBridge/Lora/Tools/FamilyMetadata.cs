using LoraBridge.Checkpoints.Naming;

namespace LoraBridge.Lora.Tools;

/// <summary>The metadata by which readers tell a file's family.</summary>
internal static class FamilyMetadata
{
    /// <summary>The pairs to write; none for a family that is not known.</summary>
    public static IEnumerable<KeyValuePair<string, string>> Of(ModelFamily family) => family switch
    {
        ModelFamily.StableDiffusion1 => Rows("sd_v1", "False", "stable-diffusion-v1/lora"),
        ModelFamily.StableDiffusion2 => Rows("sd_v2", "True", "stable-diffusion-v2-512/lora"),
        ModelFamily.StableDiffusionXL => Rows("sdxl_base_v1-0", "False", "stable-diffusion-xl-v1-base/lora"),
        _ => [],
    };

    private static KeyValuePair<string, string>[] Rows(string version, string isV2, string architecture) =>
        [new("ss_base_model_version", version), new("ss_v2", isV2), new("modelspec.architecture", architecture)];
}
