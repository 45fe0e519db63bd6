namespace LoraBridge.Training.Logging;

/// <summary>What a run is doing.</summary>
public enum TrainingPhase
{
    /// <summary>Loading the model and reading the data set.</summary>
    Loading,

    /// <summary>Filling the caches.</summary>
    Caching,

    /// <summary>Training.</summary>
    Training,

    /// <summary>Computing the loss on pictures that are not trained.</summary>
    Validating,

    /// <summary>Drawing pictures.</summary>
    Sampling,

    /// <summary>Writing files.</summary>
    Saving,
}

/// <summary>How far a run has come; reported through <see cref="IProgress{T}"/>.</summary>
public sealed record TrainingProgress
{
    /// <summary>What it is doing.</summary>
    public TrainingPhase Phase { get; init; } = TrainingPhase.Training;

    /// <summary>Units of the phase that are done: optimizer steps, or pictures of a cache.</summary>
    public required long Done { get; init; }

    /// <summary>Units of the phase in all; 0 where it is not known.</summary>
    public required long Total { get; init; }

    /// <summary>The epoch, from 0.</summary>
    public int Epoch { get; init; }

    /// <summary>Epochs in all; 0 where it is not known.</summary>
    public int Epochs { get; init; }

    /// <summary>The running mean of the loss.</summary>
    public double? Loss { get; init; }

    /// <summary>The largest learning rate.</summary>
    public double? LearningRate { get; init; }

    /// <summary>Seconds of an optimizer step, lately.</summary>
    public double? SecondsPerStep { get; init; }

    /// <summary>Pictures a second, lately.</summary>
    public double? PicturesPerSecond { get; init; }

    /// <summary>Time since the phase began.</summary>
    public TimeSpan Elapsed { get; init; }

    /// <summary>Time that the rest of the phase will take.</summary>
    public TimeSpan? Left { get; init; }

    /// <summary>The most memory held so far, in bytes.</summary>
    public long? PeakMemory { get; init; }

    /// <summary>The part done, 0 to 1; 0 where the total is not known.</summary>
    public double Fraction => Total > 0 ? Math.Clamp((double)Done / Total, 0, 1) : 0;
}
