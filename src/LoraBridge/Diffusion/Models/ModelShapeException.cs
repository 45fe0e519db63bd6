namespace LoraBridge.Diffusion.Models;

/// <summary>The shapes of a file's weights are not those of the model that is to be built from them.</summary>
public sealed class ModelShapeException(string model, string reason)
    : Exception($"The weights are not those of a {model} that LoraBridge knows: {reason}. Choose a Stable Diffusion 1.x checkpoint.")
{
    /// <summary>The part of the model that was looked for: "UNet", "VAE" or "text encoder".</summary>
    public string Model { get; } = model;

    /// <summary>What does not fit.</summary>
    public string Reason { get; } = reason;
}
