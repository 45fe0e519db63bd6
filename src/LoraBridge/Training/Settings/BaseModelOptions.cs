using System.ComponentModel.DataAnnotations;

namespace LoraBridge.Training.Settings;

/// <summary>What is trained.</summary>
public enum TrainingTask
{
    /// <summary>A LoRA for pictures.</summary>
    Image,

    /// <summary>A LoRA for a language model.</summary>
    TextGeneration,
}

/// <summary>The family a base model is taken for.</summary>
public enum BaseModelFamily
{
    /// <summary>As the file's keys and shapes tell.</summary>
    Auto,

    /// <summary>Stable Diffusion 1.x.</summary>
    [AlsoNamed("sd_v1", "stable_diffusion_1")]
    Sd1,

    /// <summary>Stable Diffusion 2.x.</summary>
    [AlsoNamed("sd_v2", "stable_diffusion_2", "v2")]
    Sd2,

    /// <summary>Stable Diffusion XL.</summary>
    [AlsoNamed("sdxl_base_v1-0", "xl")]
    Sdxl,
}

/// <summary>What the base model predicts.</summary>
public enum TrainingTarget
{
    /// <summary>As the model's metadata or configuration tells, else noise.</summary>
    Auto,

    /// <summary>The noise that was added.</summary>
    [AlsoNamed("eps", "noise")]
    Epsilon,

    /// <summary>The velocity between noise and latents.</summary>
    [AlsoNamed("v_prediction", "velocity")]
    V,
}

/// <summary>The model that the LoRA is trained for.</summary>
public sealed record BaseModelOptions
{
    /// <summary>The base checkpoint's file.</summary>
    public string Path { get; init; } = "";

    /// <summary>An autoencoder's own file in the checkpoint's stead; none for the built-in one.</summary>
    public string? Vae { get; init; }

    /// <summary>What is trained: image, or text_generation.</summary>
    public TrainingTask Task { get; init; }

    /// <summary>The model's family; auto looks into the file.</summary>
    public BaseModelFamily Family { get; init; }

    /// <summary>What the model predicts: epsilon, or v as SD 2.x at 768 pixels does; auto asks the file.</summary>
    public TrainingTarget Prediction { get; init; }

    /// <summary>Which of the text encoder's states is used, counted from the last (1); none is the last. Anime models want 2.</summary>
    [Range(1, 24)]
    public int? ClipSkip { get; init; }

    /// <summary>Rescale the noise schedule so that its last timestep is pure noise; of use with v-prediction only.</summary>
    public bool ZeroTerminalSnr { get; init; }

    /// <summary>LoRA files merged into the base before training, which then trains on top of them.</summary>
    public IReadOnlyList<string> MergedWeights { get; init; } = [];

    /// <summary>How strongly each of the merged files acts; those left out act at 1.</summary>
    public IReadOnlyList<double> MergedWeightMultipliers { get; init; } = [];
}
