using LoraBridge.Checkpoints;

namespace LoraBridge.Lora.Tools;

/// <summary>What a file's own word for its hash is worth.</summary>
public enum HashState
{
    /// <summary>It says none.</summary>
    Absent,

    /// <summary>It is the hash of the data.</summary>
    Verified,

    /// <summary>It is not: the file was changed by a program that does not know of it, or is damaged.</summary>
    Mismatch,
}

/// <summary>Whether an adapter does anything.</summary>
public enum Verdict
{
    /// <summary>It changes every layer that it names.</summary>
    Works,

    /// <summary>Some of its layers do nothing.</summary>
    WorksInPart,

    /// <summary>Its changes are so small that a picture hardly shows them.</summary>
    Faint,

    /// <summary>All its changes are zero: it was never trained, or was saved before the first step.</summary>
    DoesNothing,

    /// <summary>It holds NaN or infinity, and pictures made with it are black or noise.</summary>
    Damaged,
}

/// <summary>One layer of an adapter.</summary>
public sealed record LayerInspection
{
    /// <summary>What the file calls it.</summary>
    public required string Layer { get; init; }

    /// <summary>UNet or TextEncoder.</summary>
    public required string Component { get; init; }

    /// <summary>The block it stands in: IN01, MID, OUT05, TE11, or BASE for what stands in none.</summary>
    public required string Block { get; init; }

    /// <summary>LoRA, LoHa, …</summary>
    public required string Algorithm { get; init; }

    /// <summary>The rank; null for an algorithm without.</summary>
    public long? Rank { get; init; }

    /// <summary>alpha / rank, or what stands for it.</summary>
    public double Scale { get; init; }

    /// <summary>‖up‖ as stored; null for an algorithm without.</summary>
    public double? UpNorm { get; init; }

    /// <summary>‖down‖ as stored; null for an algorithm without.</summary>
    public double? DownNorm { get; init; }

    /// <summary>‖D‖ at weight 1; null where it depends on a checkpoint that was not given, or is not finite.</summary>
    public double? Norm { get; init; }

    /// <summary>‖D‖ / ‖W‖; null without a checkpoint.</summary>
    public double? RelativeNorm { get; init; }

    /// <summary>‖what is added to the bias‖; null where there is no bias.</summary>
    public double? BiasNorm { get; init; }

    /// <summary>How much of its rank it uses; null for a norm, and where <see cref="Norm"/> is.</summary>
    public Spectrum? Spectrum { get; init; }

    /// <summary>Whether it changes nothing.</summary>
    public bool IsZero { get; init; }

    /// <summary>Whether all its numbers are finite.</summary>
    public bool IsFinite { get; init; } = true;

    /// <summary>What is odd about it, in sentences.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];
}

/// <summary>The layers of a block, or of a network, together.</summary>
/// <param name="Name">IN01, MID, OUT05, TE11, BASE; or UNet, TextEncoder.</param>
/// <param name="Layers">How many.</param>
/// <param name="Norm">The root of the sum of their ‖D‖².</param>
/// <param name="Share">Of the whole file's ‖D‖², 0 to 1.</param>
public sealed record InspectionPart(string Name, int Layers, double Norm, double Share);

/// <summary>All that can be told of an adapter file without making a picture; it holds no tensors.</summary>
public sealed record LoraInspection
{
    /// <summary>The file or folder.</summary>
    public required string Path { get; init; }

    /// <summary>Its size in bytes.</summary>
    public long Bytes { get; init; }

    /// <summary>The family of models it is for, in words.</summary>
    public required string Family { get; init; }

    /// <summary>What the reader found: layouts, algorithms, ranks, types, warnings.</summary>
    public required LoraReport Report { get; init; }

    /// <summary>Hashes of the data as it is; null for a folder or a pickle.</summary>
    public LoraHashes? Hashes { get; init; }

    /// <summary>Whether the file's own word for its hash is true.</summary>
    public HashState HashState { get; init; }

    /// <summary>Every layer, in the order of names.</summary>
    public required IReadOnlyList<LayerInspection> Layers { get; init; }

    /// <summary>Sums by block, in the order in which a picture passes them.</summary>
    public required IReadOnlyList<InspectionPart> Blocks { get; init; }

    /// <summary>Sums by network.</summary>
    public required IReadOnlyList<InspectionPart> Components { get; init; }

    /// <summary>What its metadata says of its training.</summary>
    public required TrainingFacts Training { get; init; }

    /// <summary>Whether it does anything.</summary>
    public Verdict Verdict { get; init; }

    /// <summary>The verdict in a sentence.</summary>
    public required string Conclusion { get; init; }

    /// <summary>What its owner might want to do, in sentences.</summary>
    public IReadOnlyList<string> Advice { get; init; } = [];
}
