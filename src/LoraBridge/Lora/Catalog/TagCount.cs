namespace LoraBridge.Lora.Catalog;

/// <summary>A tag of an adapter's training captions.</summary>
/// <param name="Tag">As the trainer wrote it, without the comma.</param>
/// <param name="Count">In how many captions it stood.</param>
public sealed record TagCount(string Tag, long Count);
