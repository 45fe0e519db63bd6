using LoraBridge.Diffusion.Models;
using LoraBridge.Diffusion.Text;

namespace LoraBridge.Generation;

/// <summary>What a pipeline is loaded from.</summary>
public sealed record TextToImageOptions
{
    /// <summary>The checkpoint, a Stable Diffusion 1.x model in one file.</summary>
    public required string ModelPath { get; init; }

    /// <summary>Device, types, an autoencoder of one's own.</summary>
    public ModelOptions Model { get; init; } = new();

    /// <summary>Where CLIP's vocabulary is looked for.</summary>
    public VocabularySearch Vocabulary { get; init; } = new();

    /// <summary>The folder in which file hashes are remembered; null computes them anew.</summary>
    public string? CacheFolder { get; init; }
}
