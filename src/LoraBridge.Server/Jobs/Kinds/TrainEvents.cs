using LoraBridge.Server.Engine.Protocol;
using LoraBridge.Training;
using LoraBridge.Training.Objective;

namespace LoraBridge.Server.Jobs.Kinds;

/// <summary>Writes what happens in a training down as events of its job.</summary>
internal static class TrainEvents
{
    /// <summary>Writes one down.</summary>
    public static void Tell(JobRun run, TrainingEvent happened)
    {
        switch (happened)
        {
            case TrainingStepDone done:
                run.Tell("step", StepTaken.From(done), job => job with { Progress = (double)done.Step / done.Steps, Stage = $"step {done.Step} of {done.Steps}" });
                break;
            case TrainingStage stage:
                run.Tell("stage", new ProgressMade(stage.Fraction, stage.Name), job => job with { Stage = stage.Name });
                break;
            case TrainingFileWritten file:
                run.Tell("file", new FileWritten(Path.GetRelativePath(run.Folder, file.Path).Replace('\\', '/'), file.What));
                break;
            case TrainingValidated validated:
                run.Tell("validation", validated);
                break;
            case TrainingWarning warning:
                run.Tell("warning", new WarningGiven(warning.Message));
                break;
            case TrainingRestarted restarted:
                run.Tell("warning", new WarningGiven(restarted.Reason + " The training goes on from what was saved last."));
                break;
            case TrainingQueued queued:
                run.Tell("waiting", new DeviceAwaited(queued.Place, queued.ExpectedSeconds), job => job with { Stage = "waiting for the device" });
                break;
        }
    }
}

/// <summary>The body of an event of the kind <c>step</c>.</summary>
/// <param name="Step">Steps done, from 1.</param>
/// <param name="Steps">The run's steps.</param>
/// <param name="Epoch">The epoch, from 1.</param>
/// <param name="Epochs">The run's epochs.</param>
/// <param name="Loss">The step's loss.</param>
/// <param name="SmoothedLoss">The loss smoothed over some tens of steps.</param>
/// <param name="LearningRate">The first group's learning rate.</param>
/// <param name="PicturesPerSecond">How fast, over the last steps.</param>
/// <param name="SecondsLeft">The time that the rest will take.</param>
/// <param name="PeakMemory">The most memory so far, in bytes.</param>
internal sealed record StepTaken(long Step, long Steps, int Epoch, int Epochs, double Loss, double SmoothedLoss, double LearningRate, double PicturesPerSecond, double SecondsLeft, long PeakMemory)
{
    /// <summary>The loss by timestep: of each of the validation's timesteps that is nearest to one at which the step trained a picture.</summary>
    public IReadOnlyList<TimestepLoss> ByTimestep { get; init; } = [];

    public static StepTaken From(TrainingStepDone done) => new(done.Step, done.Steps, done.Epoch, done.Epochs, done.Loss, done.SmoothedLoss, done.LearningRate, done.PicturesPerSecond, Math.Round(done.Left.TotalSeconds, 1), done.PeakMemory)
    {
        // as short as a chart needs it: there is a row for every step
        ByTimestep = [.. done.ByTimestep.Select(band => band with { Loss = Math.Round(band.Loss, 6) })],
    };
}

/// <summary>The body of an event of the kind <c>file</c>.</summary>
/// <param name="Name">The file, below the job's folder; by this name it can be read.</param>
/// <param name="What">What it is: checkpoint, adapter, sample, state, sheet.</param>
internal sealed record FileWritten(string Name, string What);

/// <summary>The body of an event of the kind <c>waiting</c>.</summary>
/// <param name="Place">How many calls are before it.</param>
/// <param name="ExpectedSeconds">How long that will take; null where nothing is known yet.</param>
internal sealed record DeviceAwaited(int Place, double? ExpectedSeconds);
