using LoraBridge.Diffusion.Text;

namespace LoraBridge.Server.Engine.Protocol;

/// <summary>What an engine knows from its start: the first line of its standard input, whose end is also the engine's.</summary>
internal sealed record EngineStart
{
    /// <summary>The checkpoint of calls that name none; null where every call must.</summary>
    public string? Model { get; init; }

    /// <summary>auto, cpu, cuda or cuda:N.</summary>
    public string Device { get; init; } = "auto";

    /// <summary>auto, float32, float16 or bfloat16.</summary>
    public string Dtype { get; init; } = "auto";

    /// <summary>Bytes that the weights of checkpoints may take; null for half of what the device has. One checkpoint may take more.</summary>
    public long? ModelMemory { get; init; }

    /// <summary>Where CLIP's vocabulary is looked for.</summary>
    public VocabularySearch Vocabulary { get; init; } = new();

    /// <summary>Folders of adapters, full paths; later ones win names.</summary>
    public IReadOnlyList<string> LoraFolders { get; init; } = [];

    /// <summary>The folder of embeddings, or null.</summary>
    public string? EmbeddingFolder { get; init; }

    /// <summary>What can be computed anew, such as hashes; null keeps nothing.</summary>
    public string? CacheFolder { get; init; }
}
