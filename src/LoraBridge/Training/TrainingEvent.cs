namespace LoraBridge.Training;

/// <summary>Something that happened in a run.</summary>
public abstract record TrainingEvent;

/// <summary>A stage before the steps: reading, loading, encoding.</summary>
/// <param name="Name">What is done, such as "encoding pictures".</param>
/// <param name="Fraction">How much of it, 0 to 1.</param>
public sealed record TrainingStage(string Name, double Fraction) : TrainingEvent;

/// <summary>A step was taken.</summary>
/// <param name="Step">Steps done, from 1.</param>
/// <param name="Steps">The run's steps.</param>
/// <param name="Epoch">The epoch, from 1.</param>
/// <param name="Epochs">The run's epochs.</param>
/// <param name="Loss">The step's loss.</param>
/// <param name="SmoothedLoss">The loss smoothed over some tens of steps.</param>
/// <param name="LearningRate">The first group's learning rate.</param>
/// <param name="PicturesPerSecond">How fast, over the last steps.</param>
/// <param name="Left">The time that the rest will take.</param>
/// <param name="PeakMemory">The most memory so far, in bytes.</param>
public sealed record TrainingStepDone(
    long Step, long Steps, int Epoch, int Epochs, double Loss, double SmoothedLoss, double LearningRate,
    double PicturesPerSecond, TimeSpan Left, long PeakMemory) : TrainingEvent
{
    /// <summary>The loss by timestep, without weights: of each of the validation's timesteps that is nearest to one at which the step trained a picture.</summary>
    public IReadOnlyList<Objective.TimestepLoss> ByTimestep { get; init; } = [];
}

/// <summary>A file was written.</summary>
/// <param name="Path">The file.</param>
/// <param name="What">What it is: "checkpoint", "adapter", "sample", "state".</param>
public sealed record TrainingFileWritten(string Path, string What) : TrainingEvent;

/// <summary>Pictures that are not trained were looked at.</summary>
/// <param name="Step">Steps done.</param>
/// <param name="Result">The numbers.</param>
public sealed record TrainingValidated(long Step, Validation.ValidationResult Result) : TrainingEvent;

/// <summary>Something that the user should know.</summary>
/// <param name="Message">A sentence.</param>
public sealed record TrainingWarning(string Message) : TrainingEvent;
