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
    /// <param name="machine">The memory that it may take; null asks the machine.</param>
    /// <param name="rates">Rates that an earlier measurement found, for the time; null leaves the time out.</param>
    /// <param name="stop">Ends the reading of pictures' headers.</param>
    /// <exception cref="SettingsException">Settings are wrong or missing; all of them are named.</exception>
    /// <exception cref="DatasetException">The pictures cannot be trained on; the message says why and how to cure it.</exception>
    /// <exception cref="UnsupportedModelException">The checkpoint is of another family or kind.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static PreflightReport Predict(TrainingOptions options, MachineMemory? machine = null, StepRates? rates = null, CancellationToken stop = default)
    {
        LoraTrainer.Check(options);
        return Predict(options, Read(options, DataShape.Read(options, stop)), machine, rates);
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
        var facts = Read(options, DataShape.Read(options, host.Stop));
        // before anything is taken
        var machine = host.Memory ?? MachineMemory.Of(facts.Device);
        using var scope = NewDisposeScope();
        var (steps, rates) = Rehearsal.Run(options, host);
        var beyond = Math.Max(0, steps.Taken - facts.Memory(options).Phase(MemoryPhase.Steps).Bytes);
        return Predict(options, facts with { Beyond = beyond }, machine, rates) with { Measured = steps };
    }

    internal static RunFacts Read(TrainingOptions options, DataShape data) => new(ModelSizes.Read(options.Model), data, DeviceNames.Resolve(options.Precision.Device));

    internal static PreflightReport Predict(TrainingOptions options, RunFacts facts, MachineMemory? machine, StepRates? rates = null)
    {
        machine ??= MachineMemory.Of(facts.Device);
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
