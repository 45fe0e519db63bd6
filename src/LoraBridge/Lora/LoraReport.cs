namespace LoraBridge.Lora;

/// <summary>How many layers of a network an algorithm changes.</summary>
/// <param name="Component">UNet or TextEncoder.</param>
/// <param name="Algorithm">LoRA, LoCon, LoHa, …</param>
/// <param name="Modules">The number of layers.</param>
public sealed record LoraModuleCount(string Component, string Algorithm, int Modules);

/// <summary>What was found in an adapter file, for a person or as JSON; it holds no tensors.</summary>
public sealed record LoraReport
{
    /// <summary>The file or folder.</summary>
    public required string Path { get; init; }

    /// <summary>Which spellings of keys were met, the most frequent first.</summary>
    public IReadOnlyList<string> Layouts { get; init; } = [];

    /// <summary>Layers by network and algorithm.</summary>
    public IReadOnlyList<LoraModuleCount> Modules { get; init; } = [];

    /// <summary>How many of the UNet's layers it changes.</summary>
    public int UNetModules => Modules.Where(row => row.Component == "UNet").Sum(row => row.Modules);

    /// <summary>How many of the text encoder's layers it changes.</summary>
    public int TextModules => Modules.Where(row => row.Component == "TextEncoder").Sum(row => row.Modules);

    /// <summary>The smallest rank of a module; null where none has a rank.</summary>
    public long? MinRank { get; init; }

    /// <summary>The greatest rank of a module; null where none has a rank.</summary>
    public long? MaxRank { get; init; }

    /// <summary>The smallest alpha / rank of a module; null where none has a rank.</summary>
    public double? MinScale { get; init; }

    /// <summary>The greatest alpha / rank of a module; null where none has a rank.</summary>
    public double? MaxScale { get; init; }

    /// <summary>Element types of the tensors as the file has them, such as F16.</summary>
    public IReadOnlyList<string> Types { get; init; } = [];

    /// <summary>All keys that stand for nothing in the model.</summary>
    public IReadOnlyList<string> UnmatchedKeys { get; init; } = [];

    /// <summary>Keys of tensors that hold NaN or infinity.</summary>
    public IReadOnlyList<string> NonFiniteKeys { get; init; } = [];

    /// <summary>Over what DoRA's magnitudes were taken to be norms: "output rows", "input columns" or both; null without DoRA.</summary>
    public string? DoraNorm { get; init; }

    /// <summary>Keys of textual-inversion embeddings that travel in the file, by the embedding's name.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<string>> Embeddings { get; init; } = new Dictionary<string, IReadOnlyList<string>>();

    /// <summary>What a user should know, in sentences.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>The file's own remarks.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; init; } = new Dictionary<string, string>();
}
