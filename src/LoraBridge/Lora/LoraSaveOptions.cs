using LoraBridge.Checkpoints;

namespace LoraBridge.Lora;

/// <summary>How keys are spelled when an adapter is written.</summary>
public enum LoraLayout
{
    /// <summary>One file as kohya's trainer and the web UI have it: <c>lora_unet_down_blocks_0_….lora_down.weight</c> and alpha. Holds every algorithm.</summary>
    Kohya,

    /// <summary>One file with diffusers' names: <c>unet.down_blocks.0.….lora_A.weight</c>; alpha / rank is multiplied into B. Holds LoRA and DoRA.</summary>
    Diffusers,

    /// <summary>A folder with a PEFT adapter for each network, <c>unet</c> and <c>text_encoder</c>: adapter_model.safetensors and adapter_config.json. Holds LoRA and DoRA.</summary>
    Peft,
}

/// <summary>How an adapter is written.</summary>
public sealed record LoraSaveOptions
{
    /// <summary>The spelling of the keys.</summary>
    public LoraLayout Layout { get; init; }

    /// <summary>The element type: F16, BF16 or F32. Numbers such as alpha are written in F32 where the type would round them.</summary>
    public TensorType Type { get; init; } = TensorType.F16;

    /// <summary>The remarks to write; null keeps those the adapter was read with. Both hashes are computed and added.</summary>
    public IReadOnlyDictionary<string, string>? Metadata { get; init; }
}

/// <summary>A file that was written and read again to be sure of it.</summary>
/// <param name="Path">The file.</param>
/// <param name="Hashes">By which web UIs and sharing sites know it.</param>
public sealed record SavedLora(string Path, LoraHashes Hashes);
