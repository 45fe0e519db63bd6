namespace LoraBridge.Generation;

/// <summary>What infotexts say.</summary>
public sealed record InfotextSettings
{
    /// <summary>Whether the checkpoint's name is written.</summary>
    public bool ModelName { get; init; } = true;

    /// <summary>Whether the checkpoint's hash is written.</summary>
    public bool ModelHash { get; init; } = true;

    /// <summary>Whether the name of an autoencoder of its own file is written.</summary>
    public bool VaeName { get; init; } = true;

    /// <summary>Whether the hash of an autoencoder of its own file is written.</summary>
    public bool VaeHash { get; init; } = true;

    /// <summary>Whether the adapters' hashes are written.</summary>
    public bool LoraHashes { get; init; } = true;

    /// <summary>Whether the embeddings' hashes are written.</summary>
    public bool EmbeddingHashes { get; init; } = true;

    /// <summary>Whether this program's version is written.</summary>
    public bool Version { get; init; } = true;

    /// <summary>Who asked for the picture; null leaves the key out.</summary>
    public string? User { get; init; }
}
