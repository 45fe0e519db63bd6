using LoraBridge.Training.Optimizers;

namespace LoraBridge.Training.Loop;

/// <summary>
/// Everything that a run goes on from after it ended in whatever way, in one file that appears whole or not at all. What chance
/// decides is a function of the step's number, so there is no generator among it.
/// </summary>
/// <param name="Step">Steps done.</param>
/// <param name="Started">When the run began, in milliseconds since 1970.</param>
/// <param name="Best">The best number that early stopping has seen; infinity for none.</param>
/// <param name="Patience">Looks since then.</param>
/// <param name="Parts">The network, the optimizer and the rest, each behind its prefix.</param>
internal sealed record RunState(long Step, long Started, double Best, int Patience, SavedState Parts) : IDisposable
{
    private const string StepName = "run.step", StartedName = "run.started", BestName = "run.best", PatienceName = "run.patience";

    /// <summary>Reads a state.</summary>
    /// <exception cref="InvalidDataException">The file is no run's state.</exception>
    public static RunState Read(string path)
    {
        var parts = SavedState.Read(path, StepName, StartedName, BestName, PatienceName);
        try
        {
            return new((long)Whole(StepName), (long)Whole(StartedName), parts.Scalar(BestName), (int)Whole(PatienceName), parts);
        }
        catch
        {
            parts.Dispose();
            throw;
        }

        double Whole(string name) => parts.Scalar(name) is >= 0 and < 1L << 52 and var number && number == Math.Floor(number) ? number
            : throw new InvalidDataException($"{path}: '{name}' is {parts.Scalar(name)}, and should be a whole number; the file is damaged.");
    }

    /// <summary>Writes it under a temporary name, then renames it.</summary>
    public void Write(string path)
    {
        Parts.Add(StepName, Step);
        Parts.Add(StartedName, Started);
        Parts.Add(BestName, Best);
        Parts.Add(PatienceName, Patience);
        Parts.Write(path);
    }

    public void Dispose() => Parts.Dispose();
}
