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

    /// <summary>The folders of adapters that prompts may name, such as a WebUI's models/Lora and models/LyCORIS.</summary>
    public IReadOnlyList<string> LoraFolders { get; init; } = [];

    /// <summary>Bytes of memory for adapters that no picture uses at present.</summary>
    public long LoraMemory { get; init; } = 1L << 30;

    /// <summary>The folder of textual-inversion embeddings that prompts may name; null for none.</summary>
    public string? EmbeddingFolder { get; init; }

    /// <summary>The folder in which file hashes are remembered; null computes them anew.</summary>
    public string? CacheFolder { get; init; }

    /// <summary>Adapters that are being trained, which prompts may name too; null for none.</summary>
    public LiveLoras? Live { get; init; }
}
