namespace LoraBridge.Diffusion.Models;

/// <summary>The shapes of a file's weights are not those of the model that is to be built from them.</summary>
/// <param name="model">The part of the model that was looked for.</param>
/// <param name="reason">What does not fit.</param>
/// <param name="path">The file, where it is known.</param>
public sealed class ModelShapeException(string model, string reason, string? path = null)
    : Exception($"{(path is null ? "The weights" : $"The weights in {System.IO.Path.GetFileName(path)}")} are not those of a {model} that LoraBridge knows: {reason}. Choose a complete Stable Diffusion 1.x checkpoint.")
{
    /// <summary>The part of the model that was looked for: "UNet", "VAE" or "text encoder".</summary>
    public string Model { get; } = model;

    /// <summary>The file; null where nobody said.</summary>
    public string? Path { get; } = path;

    /// <summary>What does not fit.</summary>
    public string Reason { get; } = reason;
}
