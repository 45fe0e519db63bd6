using LoraBridge.Diffusion.Text;

namespace LoraBridge.Lora;

/// <summary>An adapter in use: which, and how strongly.</summary>
/// <param name="Network">The adapter, read for the model that it shall act on.</param>
/// <param name="Tag">Its weights for UNet and text encoder, its ranks, blocks and schedule.</param>
public sealed record LoraUse(LoraNetwork Network, LoraTag Tag);

/// <summary>What one picture is made with: adapters whose weights add up; none is the base model.</summary>
/// <param name="Loras">The adapters, in any order.</param>
public sealed record LoraBlend(IReadOnlyList<LoraUse> Loras)
{
    /// <summary>The model without adapters.</summary>
    public static LoraBlend Base { get; } = new([]);
}

/// <summary>How adapters act on a model.</summary>
public enum LoraPlacement
{
    /// <summary>
    /// Merged on a GPU, and where an algorithm has no thin form; live on a CPU, and where weights differ between pictures or steps.
    /// </summary>
    Automatic,

    /// <summary>Changed weights stand in for the layers' own: nothing is added to a step, but every change of adapters is paid for.</summary>
    Merged,

    /// <summary>Computed beside the layers in every step: adapters change in no time, and weights may differ between pictures and steps.</summary>
    Live,
}
