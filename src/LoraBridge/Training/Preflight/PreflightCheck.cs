using LoraBridge.Diffusion;
using LoraBridge.Diffusion.Models;
using LoraBridge.Torch;
using LoraBridge.Training.Data;
using LoraBridge.Training.Settings;
using static TorchSharp.torch;

namespace LoraBridge.Training.Preflight;

/// <summary>Says before a run what memory and time it will take, and what would make it fit.</summary>
public static class PreflightCheck
{
    /// <summary>Predicts from headers alone: the checkpoint's, the pictures' and the settings. Nothing is loaded; it takes moments.</summary>
    /// <param name="options">The run.</param>
    /// <param name="host">Where and for whom; null for a run that has the machine for itself.</param>
    /// <param name="rates">Rates that an earlier measurement found, for the time; null leaves the time out.</param>
    /// <exception cref="SettingsException">Settings are wrong or missing; all of them are named.</exception>
    /// <exception cref="DatasetException">The pictures cannot be trained on; the message says why and how to cure it.</exception>
    /// <exception cref="UnsupportedModelException">The checkpoint is of another family or kind.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static PreflightReport Predict(TrainingOptions options, TrainerHost? host = null, StepRates? rates = null)
    {
        LoraTrainer.Check(options);
        host ??= new();
        return Predict(options, Read(options, DataShape.Read(options, host.Stop), host), host, rates);
    }

    /// <summary>
    /// Loads the model and takes two steps on the largest pictures, as the run would, but writes nothing. It takes as long as loading, encoding
    /// one batch and those steps. It belongs to one thread.
    /// </summary>
    /// <param name="options">The run.</param>
    /// <param name="host">Where and for whom; its progress hears of the stages.</param>
    /// <returns>The forecast with what was measured, the memory corrected where steps took more, and the time.</returns>
    /// <exception cref="SettingsException">Settings are wrong or missing; all of them are named.</exception>
    /// <exception cref="DatasetException">The pictures cannot be trained on; the message says why and how to cure it.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static PreflightReport Measure(TrainingOptions options, TrainerHost host)
    {
        ArgumentNullException.ThrowIfNull(host);
        LoraTrainer.Check(options);
        TorchExtras.EnsureAvailable();
        ComputeThreads.UseCores();
        var facts = Read(options, DataShape.Read(options, host.Stop), host);
        // before anything is taken
        var machine = host.MemoryOf(facts.Device);
        using var scope = NewDisposeScope();
        var (steps, rates) = Rehearsal.Run(options, host);
        var beyond = Math.Max(0, steps.Taken - facts.Memory(options).Phase(MemoryPhase.Steps).Bytes);
        return Predict(options, facts with { Beyond = beyond }, host with { Memory = machine }, rates) with { Measured = steps };
    }

    internal static RunFacts Read(TrainingOptions options, DataShape data, TrainerHost host) =>
        new(ModelSizes.Read(options.Model), data, DeviceNames.Resolve(options.Precision.Device)) { IsShared = host.SharesModel };

    internal static PreflightReport Predict(TrainingOptions options, RunFacts facts, TrainerHost host, StepRates? rates = null)
    {
        var machine = host.MemoryOf(facts.Device);
        var fit = FitPlan.Of(options, facts.Memory, machine.Available);
        return new()
        {
            Plan = facts.Data.Plan(options),
            Pictures = facts.Data.Pictures,
            Memory = facts.Memory(options),
            Machine = machine,
            Rates = rates,
            Time = rates is null ? null : TimeForecast.Of(options, facts.Data, rates),
            Changes = fit.Changes,
            Fitted = fit.Options,
            FitsWithChanges = fit.Fits,
        };
    }
}
