using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;

namespace LoraBridge.Training.Settings;

/// <summary>What the adapter is made of and where it sits.</summary>
public sealed record NetworkOptions
{
    /// <summary>The kind of adapter: lora leaves 3x3 convolutions alone, locon has them too.</summary>
    public NetworkAlgorithm Algorithm { get; init; }

    /// <summary>The rank of the linear layers; 4 to 16 for most subjects, more for a whole style.</summary>
    [Range(1, 4096)]
    public int Rank { get; init; } = 8;

    /// <summary>The change is scaled by alpha / rank; none takes the rank, for a scale of 1.</summary>
    [Range(0.0, 100_000.0, MinimumIsExclusive = true)]
    public double? Alpha { get; init; }

    /// <summary>The rank of 3x3 convolutions, in algorithms that have them; none takes the rank of the linear layers.</summary>
    [Range(1, 4096)]
    public int? ConvRank { get; init; }

    /// <summary>The alpha of 3x3 convolutions; none takes the alpha where both ranks agree, else the convolutions' rank.</summary>
    [Range(0.0, 100_000.0, MinimumIsExclusive = true)]
    public double? ConvAlpha { get; init; }

    /// <summary>The chance that a rank's activation is dropped, in training only.</summary>
    [Range(0.0, 1.0, MaximumIsExclusive = true)]
    public double Dropout { get; init; }

    /// <summary>The chance that a whole rank is dropped for a sample; the others are scaled up for it.</summary>
    [Range(0.0, 1.0, MaximumIsExclusive = true)]
    public double RankDropout { get; init; }

    /// <summary>The chance that a module is left out for a step.</summary>
    [Range(0.0, 1.0, MaximumIsExclusive = true)]
    public double ModuleDropout { get; init; }

    /// <summary>The greatest norm a module's change may have; above it both factors are scaled down after each step. None for no limit, 1 is usual.</summary>
    [Range(0.0, 1000.0, MinimumIsExclusive = true)]
    public double? MaxNorm { get; init; }

    /// <summary>Scale by alpha / sqrt(rank) instead of alpha / rank (rsLoRA), which compares better across ranks.</summary>
    public bool RankStabilized { get; init; }

    /// <summary>Train the weights' magnitudes apart from their directions (DoRA): closer to full training, slower.</summary>
    public bool WeightDecompose { get; init; }

    /// <summary>Take DoRA's norm over each output row, as new files do; otherwise over each input column.</summary>
    public bool DecomposeOnOutput { get; init; } = true;

    /// <summary>How the factors begin; every way leaves the model's output unchanged at step 0.</summary>
    public NetworkInitialization Initialization { get; init; }

    /// <summary>Into what LoKr splits a layer's sides; -1 as evenly as can be.</summary>
    [Range(-1, 4096)]
    public int Factor { get; init; } = -1;

    /// <summary>Decompose 3x3 kernels too (Tucker, CP) in LoCon, LoHa and LoKr.</summary>
    public bool Tucker { get; init; }

    /// <summary>Decompose LoKr's first factor as well.</summary>
    public bool DecomposeBoth { get; init; }

    /// <summary>Keep LoKr's second factor whole.</summary>
    public bool FullMatrix { get; init; }

    /// <summary>Train norm layers as well, in LyCORIS' manner.</summary>
    public bool TrainNorm { get; init; }

    /// <summary>Which layers are adapted, as a named set; the number of modules found is stated at the start.</summary>
    public NetworkTargets Targets { get; init; }

    /// <summary>Only layers whose path contains one of these, or matches it as a regular expression; none is every layer of the set.</summary>
    public IReadOnlyList<string> Include { get; init; } = [];

    /// <summary>No layer whose path contains one of these, or matches it as a regular expression.</summary>
    public IReadOnlyList<string> Exclude { get; init; } = [];

    /// <summary>Adapt the UNet.</summary>
    [JsonPropertyName("trainUNet")]
    public bool TrainUNet { get; init; } = true;

    /// <summary>Adapt the text encoder; of use for a new word, and best at a smaller learning rate.</summary>
    public bool TrainTextEncoder { get; init; } = true;

    /// <summary>A LoRA file to begin from, with a fresh optimizer; none begins anew.</summary>
    public string? StartWeights { get; init; }

    /// <summary>Take ranks and alphas from the file to begin from.</summary>
    public bool RankFromWeights { get; init; }

    /// <summary>A rank for each of the 25 blocks (12 down, middle, 12 up); 0 leaves a block out; empty for one rank everywhere.</summary>
    public IReadOnlyList<int> BlockRanks { get; init; } = [];

    /// <summary>An alpha for each of the 25 blocks; empty for one alpha everywhere.</summary>
    public IReadOnlyList<double> BlockAlphas { get; init; } = [];

    /// <summary>A rank of 3x3 convolutions for each of the 25 blocks.</summary>
    public IReadOnlyList<int> ConvBlockRanks { get; init; } = [];

    /// <summary>An alpha of 3x3 convolutions for each of the 25 blocks.</summary>
    public IReadOnlyList<double> ConvBlockAlphas { get; init; } = [];

    /// <summary>Ranks of the modules whose names match a regular expression.</summary>
    public IReadOnlyDictionary<string, int> RankPatterns { get; init; } = new Dictionary<string, int>();

    /// <summary>Alpha as it is used: the rank where none is given.</summary>
    [JsonIgnore]
    public double EffectiveAlpha => Alpha ?? Rank;

    /// <summary>The factor on the linear layers' change.</summary>
    [JsonIgnore]
    public double Scale => EffectiveAlpha / (RankStabilized ? Math.Sqrt(Rank) : Rank);

    /// <summary>The rank of 3x3 convolutions as it is used; 0 where the algorithm has none.</summary>
    [JsonIgnore]
    public int EffectiveConvRank => Algorithm.HasConvolutions() ? ConvRank ?? Rank : 0;

    /// <summary>The alpha of 3x3 convolutions as it is used.</summary>
    [JsonIgnore]
    public double EffectiveConvAlpha => ConvAlpha ?? (EffectiveConvRank == Rank ? EffectiveAlpha : EffectiveConvRank);
}
