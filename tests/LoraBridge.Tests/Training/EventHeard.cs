using LoraBridge.Training;

namespace LoraBridge.Tests.Training;

/// <summary>Hears of a run's events at once, in its thread.</summary>
internal sealed class EventHeard(Action<TrainingEvent> hear) : IProgress<TrainingEvent>
{
    public void Report(TrainingEvent value) => hear(value);
}
