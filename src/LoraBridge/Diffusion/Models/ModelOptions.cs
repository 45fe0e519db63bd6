namespace LoraBridge.Diffusion.Models;

/// <summary>How a checkpoint is loaded.</summary>
public sealed record ModelOptions
{
    /// <summary>Where the model runs, as torch names devices: "cpu", "cuda", "cuda:1".</summary>
    public string Device { get; init; } = "cpu";

    /// <summary>The type that the UNet computes in.</summary>
    public ComputeType ComputeType { get; init; } = ComputeType.Auto;

    /// <summary>The type that the text encoder computes in: float32, because it runs once a prompt and everything follows from it.</summary>
    public ComputeType TextComputeType { get; init; } = ComputeType.Float32;

    /// <summary>The type that the autoencoder computes in; null for the UNet's.</summary>
    public ComputeType? AutoencoderComputeType { get; init; }

    /// <summary>Whether weights stored in a narrower type than is computed in are widened once, for more memory and less time.</summary>
    public bool WidenWeights { get; init; }

    /// <summary>An autoencoder's own file, to take the place of the checkpoint's; null for the built-in one.</summary>
    public string? AutoencoderPath { get; init; }

    /// <summary>What the caller knows of the model; it goes before what the files say.</summary>
    public ModelHints Hints { get; init; } = new();
}

/// <summary>How far loading has come.</summary>
/// <param name="BytesRead">Bytes of tensors read so far.</param>
/// <param name="BytesTotal">Bytes of tensors to read.</param>
public readonly record struct LoadProgress(long BytesRead, long BytesTotal);
