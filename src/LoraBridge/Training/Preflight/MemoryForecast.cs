namespace LoraBridge.Training.Preflight;

/// <summary>Memory for one thing.</summary>
/// <param name="Name">What it is for: "UNet", "activations".</param>
/// <param name="Bytes">How much.</param>
public sealed record MemoryPart(string Name, long Bytes);

/// <summary>A part of a run, and what lies in memory during it.</summary>
/// <param name="Name">encoding, steps or samples.</param>
/// <param name="Parts">What takes memory then, none of it 0.</param>
public sealed record MemoryPhase(string Name, IReadOnlyList<MemoryPart> Parts)
{
    /// <summary>The name of the phase in which pictures are encoded.</summary>
    public const string Encoding = "encoding";

    /// <summary>The name of the phase in which steps are taken.</summary>
    public const string Steps = "steps";

    /// <summary>The name of the phase in which samples are drawn.</summary>
    public const string Samples = "samples";

    /// <summary>The name of the part that a measurement found to be missing.</summary>
    public const string Beyond = "beyond the forecast";

    /// <summary>All of them together, at the phase's peak.</summary>
    public long Bytes => Parts.Sum(part => part.Bytes);
}

/// <summary>The memory of a run on its device, by what it does and what it holds; on a processor, besides what the process has already.</summary>
/// <param name="Phases">What the run does, in order.</param>
public sealed record MemoryForecast(IReadOnlyList<MemoryPhase> Phases)
{
    /// <summary>The most bytes of all phases.</summary>
    public long Peak => Phases.Max(phase => phase.Bytes);

    /// <summary>A phase by its name.</summary>
    /// <exception cref="KeyNotFoundException">The run has no such phase.</exception>
    public MemoryPhase Phase(string name) => Phases.FirstOrDefault(phase => phase.Name == name) ?? throw new KeyNotFoundException($"The run has no phase '{name}'.");
}
