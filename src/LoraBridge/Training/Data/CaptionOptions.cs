using System.ComponentModel.DataAnnotations;

namespace LoraBridge.Training.Data;

/// <summary>What is done to a caption at each visit, and how it is tokenized.</summary>
public sealed record CaptionOptions
{
    /// <summary>Text put before every caption, with a space; null for none.</summary>
    public string? Prefix { get; init; }

    /// <summary>Text put after every caption, with a space; null for none.</summary>
    public string? Suffix { get; init; }

    /// <summary>The word that calls the LoRA: takes the place of <c>[trigger]</c>, or is put first where a caption lacks it; null for none.</summary>
    public string? TriggerWord { get; init; }

    /// <summary>The chance that a visit trains on the empty caption; default 0.</summary>
    [Range(0.0, 1.0)]
    public double DropoutRate { get; init; }

    /// <summary>Every so many epochs all captions are empty; 0, the default, never.</summary>
    [Range(0, 100_000)]
    public int DropoutEveryEpochs { get; init; }

    /// <summary>The chance that each tag which is not kept is left out at a visit; default 0.</summary>
    [Range(0.0, 1.0)]
    public double TagDropoutRate { get; init; }

    /// <summary>Shuffle the tags that are not kept at each visit; default no.</summary>
    public bool Shuffle { get; init; }

    /// <summary>How many tags from the first on stay where they are; default 0.</summary>
    [Range(0, 1000)]
    public int KeepTokens { get; init; }

    /// <summary>A mark (such as <c>|||</c>) after which tags may move, and after a second one not; null counts <see cref="KeepTokens"/>.</summary>
    public string? KeepTokensSeparator { get; init; }

    /// <summary>What stands between tags; default a comma.</summary>
    [Required, MinLength(1)]
    public string Separator { get; init; } = ",";

    /// <summary>What stands between tags that move and drop together, written as the separator at last; null for none.</summary>
    public string? SecondarySeparator { get; init; }

    /// <summary>Choose among <c>{a|b}</c> and among a caption's lines at each visit; default no, and only the first line is read.</summary>
    public bool Wildcards { get; init; }

    /// <summary>How many movable tags the token warm-up begins with; default 1.</summary>
    [Range(1, 1000)]
    public int TokenWarmupMinimum { get; init; } = 1;

    /// <summary>Steps until all movable tags are used, a fraction of the run below 1; 0, the default, uses all at once.</summary>
    [Range(0.0, 10_000_000.0)]
    public double TokenWarmupSteps { get; init; }

    /// <summary>How many tokens of a caption are read: 75 (the default), 150 or 225.</summary>
    [AllowedValues(75, 150, 225, ErrorMessage = "TokenLength must be 75, 150 or 225.")]
    public int TokenLength { get; init; } = 75;

    /// <summary>Read <c>(word:1.2)</c> in captions as weights; default no, and brackets are text.</summary>
    public bool Weighted { get; init; }
}
