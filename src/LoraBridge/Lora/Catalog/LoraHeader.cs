using LoraBridge.Checkpoints.Naming;

namespace LoraBridge.Lora.Catalog;

/// <summary>What an adapter file says of itself without a number of its tensors being read.</summary>
public sealed record LoraHeader
{
    /// <summary>The name that the trainer was given, <c>ss_output_name</c>; empty for none.</summary>
    public string OutputName { get; init; } = "";

    /// <summary>The family of the models it fits.</summary>
    public ModelFamily Family { get; init; }

    /// <summary>By what the family was told.</summary>
    public FamilyEvidence FamilyEvidence { get; init; }

    /// <summary>The smallest rank of its modules; 0 when none has a rank.</summary>
    public int MinRank { get; init; }

    /// <summary>The largest rank of its modules; 0 when none has a rank.</summary>
    public int MaxRank { get; init; }

    /// <summary>The kinds of its modules.</summary>
    public LoraAlgorithms Algorithms { get; init; }

    /// <summary>How many layers of the UNet it has a module for.</summary>
    public int UNetModules { get; init; }

    /// <summary>How many layers of the text encoders it has a module for.</summary>
    public int TextModules { get; init; }

    /// <summary>How many tensors it holds.</summary>
    public int TensorCount { get; init; }

    /// <summary>The most frequent tags of its training captions, the most frequent first: the words that may call it.</summary>
    public IReadOnlyList<TagCount> Tags { get; init; } = [];

    /// <summary>The metadata's <c>sshs_model_hash</c>, 64 lower-case hex digits; null when there is none of that form.</summary>
    public string? ClaimedHash { get; init; }

    /// <summary>Why the file could not be read, as a sentence; null when it could.</summary>
    public string? Problem { get; init; }
}
