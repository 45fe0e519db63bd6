using LoraBridge.Training;

namespace LoraBridge.Server.Engine.Protocol;

/// <summary>A training waits for the device.</summary>
/// <param name="Place">How many calls are before it.</param>
/// <param name="ExpectedSeconds">How long that will take; null where nothing is known yet.</param>
internal sealed record TrainingQueued(int Place, double? ExpectedSeconds) : TrainingEvent;

/// <summary>The engine was lost, and the training goes on in another one from what was saved last.</summary>
/// <param name="Reason">How the engine ended, for a person.</param>
internal sealed record TrainingRestarted(string Reason) : TrainingEvent;

/// <summary>The training is over, or was stopped and can go on; no event follows.</summary>
/// <param name="Result">What it came to.</param>
internal sealed record TrainingEnded(TrainingResult Result) : TrainingEvent;
