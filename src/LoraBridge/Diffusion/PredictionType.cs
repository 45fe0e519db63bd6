namespace LoraBridge.Diffusion;

/// <summary>What a network was trained to return for noisy latents.</summary>
public enum PredictionType
{
    /// <summary>The noise that was added (SD 1.x, SDXL).</summary>
    Epsilon,

    /// <summary>The velocity v = sqrt(a) noise - sqrt(1 - a) latents (SD 2.x at 768 pixels, some SDXL models).</summary>
    V,
}
