using System.ComponentModel.DataAnnotations;

namespace LoraBridge.Training.Settings;

/// <summary>What is logged, where and how often.</summary>
public sealed record LoggingOptions
{
    /// <summary>The folder of event files; none is <c>logs</c> in the output folder.</summary>
    public string? Folder { get; init; }

    /// <summary>Optimizer steps between two entries.</summary>
    [Range(1, 1_000_000)]
    public int Interval { get; init; } = 10;

    /// <summary>Write event files for TensorBoard.</summary>
    public bool TensorBoard { get; init; } = true;

    /// <summary>What the names of this run's logs begin with.</summary>
    public string Prefix { get; init; } = "";

    /// <summary>Write the settings into the event files.</summary>
    public bool Settings { get; init; } = true;
}

/// <summary>How much a file tells about its training.</summary>
public enum MetadataLevel
{
    /// <summary>All settings, and which tags and folders were trained.</summary>
    Full,

    /// <summary>Settings, but nothing that reveals the data set.</summary>
    Private,

    /// <summary>What readers need to place the file.</summary>
    Minimal,
}

/// <summary>What the file says about itself.</summary>
public sealed record MetadataOptions
{
    /// <summary>How much the file tells: full, private (nothing of the data set) or minimal.</summary>
    public MetadataLevel Level { get; init; }

    /// <summary>A free remark.</summary>
    public string? Comment { get; init; }

    /// <summary>The LoRA's title; none is its name.</summary>
    public string? Title { get; init; }

    /// <summary>Who made it.</summary>
    public string? Author { get; init; }

    /// <summary>What it does.</summary>
    public string? Description { get; init; }

    /// <summary>Under what licence it is given.</summary>
    public string? License { get; init; }

    /// <summary>Words to find it by, separated by commas.</summary>
    public string? Tags { get; init; }

    /// <summary>The words that call it, as shown to users; none is the captions' trigger word.</summary>
    public string? TriggerPhrase { get; init; }

    /// <summary>How it is best used.</summary>
    public string? UsageHint { get; init; }
}

/// <summary>What a language model needs besides.</summary>
public sealed record TextGenerationOptions
{
    /// <summary>Tokens of a sample; longer ones are cut.</summary>
    [Range(8, 1_000_000)]
    public int MaximumSequenceLength { get; init; } = 512;

    /// <summary>Put several short samples into one row, kept apart by the mask.</summary>
    public bool Packing { get; init; }

    /// <summary>End every sample with the end token, without which the model never stops.</summary>
    public bool AppendEnd { get; init; } = true;

    /// <summary>The layers to adapt, by name; empty for all linear layers.</summary>
    public IReadOnlyList<string> TargetModules { get; init; } = [];
}
