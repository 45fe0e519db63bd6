using System.ComponentModel.DataAnnotations;

namespace LoraBridge.Training.Settings;

/// <summary>The loss on pictures that are not trained.</summary>
public sealed record ValidationOptions
{
    /// <summary>The share of pictures set aside; 0 for no validation.</summary>
    [Range(0.0, 0.9)]
    public double Split { get; init; }

    /// <summary>The number that decides which pictures and which noise; none is the run's seed.</summary>
    [Range(0L, uint.MaxValue)]
    public long? Seed { get; init; }

    /// <summary>Validate every so many optimizer steps; none not by steps.</summary>
    [Range(1, 100_000_000)]
    public int? EverySteps { get; init; }

    /// <summary>Validate every so many epochs; none not by epochs. Where neither is given, each epoch.</summary>
    [Range(1, 1_000_000)]
    public int? EveryEpochs { get; init; }

    /// <summary>At most so many batches; none for all.</summary>
    [Range(1, 1_000_000)]
    public int? MaximumBatches { get; init; }

    /// <summary>The timesteps at which each picture is asked.</summary>
    [MinLength(1)]
    public IReadOnlyList<int> Timesteps { get; init; } = [200, 400, 600, 800];
}

/// <summary>The number that early stopping watches.</summary>
public enum StopMetric
{
    /// <summary>The loss on pictures set aside.</summary>
    [AlsoNamed("val_loss", "validation")]
    ValidationLoss,

    /// <summary>The smoothed loss in training.</summary>
    [AlsoNamed("loss", "train_loss")]
    TrainingLoss,
}

/// <summary>When to stop before the end, and what to go back to.</summary>
public sealed record EarlyStopOptions
{
    /// <summary>Stop after so many looks without a better number; none never stops early.</summary>
    [Range(1, 1_000_000)]
    public int? Patience { get; init; }

    /// <summary>The number that must fall.</summary>
    public StopMetric Metric { get; init; }

    /// <summary>By how much it must fall to count.</summary>
    [Range(0.0, 100.0)]
    public double MinimumImprovement { get; init; }

    /// <summary>Deliver the checkpoint with the best number instead of the last.</summary>
    public bool RollBack { get; init; } = true;
}
