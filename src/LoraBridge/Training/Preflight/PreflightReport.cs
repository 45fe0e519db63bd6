using LoraBridge.Training.Settings;

namespace LoraBridge.Training.Preflight;

/// <summary>What the two steps that were really taken showed.</summary>
/// <param name="Width">Pixels of a row of the pictures, the largest of the set.</param>
/// <param name="Height">Rows.</param>
/// <param name="Pictures">Pictures of a step, without accumulation.</param>
/// <param name="FirstSeconds">The first step, which also prepares what all later ones use.</param>
/// <param name="Seconds">The second step.</param>
/// <param name="MemoryBefore">Bytes that the process, or the GPU, held before the model was loaded.</param>
/// <param name="PeakMemory">The most bytes during the steps.</param>
public sealed record MeasuredSteps(int Width, int Height, int Pictures, double FirstSeconds, double Seconds, long MemoryBefore, long PeakMemory)
{
    /// <summary>What the run added, in bytes.</summary>
    public long Taken => PeakMemory - MemoryBefore;
}

/// <summary>What a run will take, said before it begins.</summary>
public sealed record PreflightReport
{
    /// <summary>The steps that there will be.</summary>
    public required StepPlan Plan { get; init; }

    /// <summary>Pictures that are trained.</summary>
    public required int Pictures { get; init; }

    /// <summary>The memory with the settings as they are.</summary>
    public required MemoryForecast Memory { get; init; }

    /// <summary>What there is.</summary>
    public required MachineMemory Machine { get; init; }

    /// <summary>The time; null where no rate is known.</summary>
    public TimeForecast? Time { get; init; }

    /// <summary>What was measured; null where nothing was.</summary>
    public MeasuredSteps? Measured { get; init; }

    /// <summary>The rates that the time follows from; null where none is known.</summary>
    public StepRates? Rates { get; init; }

    /// <summary>What would be changed, the least harmful first; empty where the run fits.</summary>
    public IReadOnlyList<FitChange> Changes { get; init; } = [];

    /// <summary>The settings with all changes, for whoever wants them.</summary>
    public required TrainingOptions Fitted { get; init; }

    /// <summary>Whether the run fits as it is; true too where the machine cannot tell what it has.</summary>
    public bool Fits => Machine.Available is not { } available || Memory.Peak <= available;

    /// <summary>Whether it fits with all changes.</summary>
    public required bool FitsWithChanges { get; init; }

    /// <summary>One sentence: what is needed, what there is, and what would help.</summary>
    public string Sentence => PreflightText.Sentence(this);

    /// <summary>The report for people: where the memory goes, the time, what would be changed.</summary>
    public string ToText() => PreflightText.Of(this);
}
