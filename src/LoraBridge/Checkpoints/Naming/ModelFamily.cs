namespace LoraBridge.Checkpoints.Naming;

/// <summary>Families of Stable Diffusion models, as far as a file's keys and shapes tell them.</summary>
public enum ModelFamily
{
    /// <summary>None of those below.</summary>
    Unknown,

    /// <summary>CLIP ViT-L text, context width 768, convolutional transformer projections.</summary>
    StableDiffusion1,

    /// <summary>OpenCLIP ViT-H text, context width 1024, linear transformer projections.</summary>
    StableDiffusion2,

    /// <summary>Two text encoders, context width 2048, size conditioning.</summary>
    StableDiffusionXL,
}
