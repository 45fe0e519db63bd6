using LoraBridge.Checkpoints.Naming;

namespace LoraBridge.Lora.Catalog;

/// <summary>What users noted beside an adapter, in <c>name.json</c>, <c>name.txt</c> or <c>name.description.txt</c>.</summary>
public sealed record SideCard
{
    /// <summary>Of an adapter with no notes.</summary>
    public static SideCard None { get; } = new();

    /// <summary>What it is: the JSON's description, else the text file; empty for none.</summary>
    public string Description { get; init; } = "";

    /// <summary>The family that the user named under "sd version"; unknown when nothing was named.</summary>
    public ModelFamily Family { get; init; }

    /// <summary>Words for the prompt that bring the adapter out; empty for none.</summary>
    public string ActivationText { get; init; } = "";

    /// <summary>The weight to begin with; null when none was noted, which the web UI writes as 0.</summary>
    public double? PreferredWeight { get; init; }

    /// <summary>Words for the negative prompt; empty for none.</summary>
    public string NegativeText { get; init; } = "";

    /// <summary>Anything else; empty for nothing.</summary>
    public string Notes { get; init; } = "";

    /// <summary>Why the notes could not be read, as a sentence; null when they could.</summary>
    public string? Problem { get; init; }
}
