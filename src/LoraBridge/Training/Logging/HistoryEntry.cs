using System.Text.Json.Serialization;

namespace LoraBridge.Training.Logging;

/// <summary>What can happen in a run besides a step.</summary>
public enum HistoryEventKind
{
    /// <summary>The run began.</summary>
    Started,

    /// <summary>The run went on after an interruption.</summary>
    Resumed,

    /// <summary>A file was saved.</summary>
    Saved,

    /// <summary>Pictures were drawn.</summary>
    Sampled,

    /// <summary>The loss or a gradient was not a finite number.</summary>
    NotFinite,

    /// <summary>Weights went back to an earlier step.</summary>
    RolledBack,

    /// <summary>The run ended by itself, early or not.</summary>
    Finished,

    /// <summary>The run was stopped.</summary>
    Stopped,
}

/// <summary>Something that happened at a step.</summary>
/// <param name="Kind">What.</param>
/// <param name="Text">Which file, which picture, which module.</param>
public sealed record HistoryEvent(HistoryEventKind Kind, string Text = "");

/// <summary>The figures of an entry that differ from machine to machine and from run to run.</summary>
public sealed record HistoryTiming
{
    /// <summary>When it was written.</summary>
    public DateTimeOffset Time { get; init; }

    /// <summary>Pictures trained a second, lately.</summary>
    public double? PicturesPerSecond { get; init; }

    /// <summary>Seconds of an optimizer step, lately.</summary>
    public double? SecondsPerStep { get; init; }

    /// <summary>The most memory held so far, in bytes.</summary>
    public long? PeakMemory { get; init; }
}

/// <summary>One line of a run's history.</summary>
public sealed record HistoryEntry
{
    /// <summary>Optimizer steps done.</summary>
    public required long Step { get; init; }

    /// <summary>The epoch, from 0.</summary>
    public int Epoch { get; init; }

    /// <summary>The loss of the step.</summary>
    public double? Loss { get; init; }

    /// <summary>The running mean of the loss.</summary>
    public double? SmoothedLoss { get; init; }

    /// <summary>The learning rate of each group of parameters, by its name.</summary>
    public SortedDictionary<string, double>? LearningRates { get; init; }

    /// <summary>The norm of all gradients before they were clipped.</summary>
    public double? GradientNorm { get; init; }

    /// <summary>Validation figures by name; <see cref="ValidationLoss"/> is the one that is drawn.</summary>
    public SortedDictionary<string, double>? Validation { get; init; }

    /// <summary>What happened, or null.</summary>
    public HistoryEvent? Event { get; init; }

    /// <summary>The figures that no two runs share.</summary>
    public HistoryTiming? Timing { get; init; }

    /// <summary>The name of the loss among <see cref="Validation"/>.</summary>
    public const string ValidationLoss = "loss";

    /// <summary>The entries as they would be in any run of the same settings, interrupted or not: no timing, and nothing about the process's own coming and going.</summary>
    public static IEnumerable<HistoryEntry> Deterministic(IEnumerable<HistoryEntry> entries)
    {
        ArgumentNullException.ThrowIfNull(entries);
        return entries.Where(entry => entry.Event?.Kind is not (HistoryEventKind.Started or HistoryEventKind.Resumed or HistoryEventKind.Stopped)).Select(entry => entry with { Timing = null });
    }
}

/// <summary>How entries become JSON.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
[JsonSerializable(typeof(HistoryEntry))]
internal sealed partial class HistoryJson : JsonSerializerContext;
