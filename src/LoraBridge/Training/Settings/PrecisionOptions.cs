using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;

namespace LoraBridge.Training.Settings;

/// <summary>The number type of the forward and backward pass.</summary>
public enum MixedPrecision
{
    /// <summary>Half on a graphics card (bf16 where it is fast), none on a processor.</summary>
    Auto,

    /// <summary>Everything in 32 bits.</summary>
    [AlsoNamed("none", "false", "fp32", "float", "float32", "off")]
    No,

    /// <summary>16 bits with a loss scaler.</summary>
    [AlsoNamed("float16", "half", "16")]
    Fp16,

    /// <summary>16 bits with float32's range.</summary>
    [AlsoNamed("bfloat16")]
    Bf16,
}

/// <summary>The number type of weights in memory or in a file.</summary>
public enum WeightPrecision
{
    /// <summary>32 bits.</summary>
    [JsonStringEnumMemberName("float")]
    [AlsoNamed("float32")]
    Fp32,

    /// <summary>16 bits.</summary>
    [AlsoNamed("float16", "half")]
    Fp16,

    /// <summary>16 bits with float32's range.</summary>
    [AlsoNamed("bfloat16")]
    Bf16,
}

/// <summary>How the weights that are not trained are kept.</summary>
public enum FrozenStorage
{
    /// <summary>In the type that is computed in.</summary>
    Computed,

    /// <summary>UNet and text encoder in 8 bits (E4M3).</summary>
    Fp8,

    /// <summary>The UNet in 8 bits (E4M3).</summary>
    [JsonStringEnumMemberName("fp8_unet")]
    Fp8UNet,
}

/// <summary>Number types, memory and the device.</summary>
public sealed record PrecisionOptions
{
    /// <summary>The number type of the passes: auto, no, fp16 or bf16; the LoRA's weights stay in 32 bits.</summary>
    public MixedPrecision Mixed { get; init; }

    /// <summary>The number type of the LoRA's weights and gradients in training; below float it needs the same mixed precision.</summary>
    public WeightPrecision Adapter { get; init; }

    /// <summary>How the frozen weights are kept in memory.</summary>
    public FrozenStorage Frozen { get; init; }

    /// <summary>Compute activations again in the backward pass instead of keeping them: about a third slower, half the memory.</summary>
    public bool GradientCheckpointing { get; init; } = true;

    /// <summary>Where memory will not suffice, let the start of a run choose caches, checkpointing, smaller batches with accumulation and an 8-bit optimizer until it does; and where it does not in a step, send fewer pictures through the networks at a time.</summary>
    public bool AutoFit { get; init; }

    /// <summary>Run the autoencoder in 32 bits.</summary>
    public bool VaeInFloat32 { get; init; }

    /// <summary>Where to train: auto, cpu, cuda or cuda:1.</summary>
    [Required, RegularExpression("auto|cpu|cuda(:[0-9]+)?|mps", ErrorMessage = "must be auto, cpu, cuda, cuda:N or mps")]
    public string Device { get; init; } = "auto";
}
