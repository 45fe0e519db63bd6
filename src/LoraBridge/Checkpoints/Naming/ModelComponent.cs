namespace LoraBridge.Checkpoints.Naming;

/// <summary>The networks that a Stable Diffusion checkpoint is made of.</summary>
public enum ModelComponent
{
    /// <summary>The network that predicts the noise.</summary>
    UNet,

    /// <summary>Between pictures and latents.</summary>
    Autoencoder,

    /// <summary>From tokens to text embeddings.</summary>
    TextEncoder,
}

/// <summary>One layer of a model, by the name it has in a single-file checkpoint.</summary>
/// <param name="Component">The network it belongs to.</param>
/// <param name="Path">Its dotted path there without the component's prefix, such as <c>input_blocks.1.1.proj_in</c>.</param>
public readonly record struct ModuleName(ModelComponent Component, string Path);
