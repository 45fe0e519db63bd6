using LoraBridge.Training.Preflight;
using LoraBridge.Training.Settings;

namespace LoraBridge.Server.Engine.Protocol;

/// <summary>Says what memory and time a training will take; the engine is asked because it knows the device.</summary>
/// <param name="Options">The run.</param>
/// <param name="Measure">Whether two steps are taken for it, by which the time is known too.</param>
internal sealed record PreflightCall(TrainingOptions Options, bool Measure) : EngineCall<PreflightResult>;

/// <summary>What a training will take.</summary>
/// <param name="Report">The forecast.</param>
internal sealed record PreflightResult(PreflightReport Report) : EngineResult;
