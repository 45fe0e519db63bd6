using LoraBridge.Diffusion.Text;
using LoraBridge.Generation;
using LoraBridge.Torch;
using LoraBridge.Training.Settings;
using static TorchSharp.torch;

namespace LoraBridge.Training;

/// <summary>Where and for whom a run is made, besides its settings.</summary>
public sealed record TrainerHost
{
    /// <summary>Where CLIP's vocabulary is looked for.</summary>
    public VocabularySearch Vocabulary { get; init; } = new();

    /// <summary>The folder in which file hashes are remembered; null computes them anew.</summary>
    public string? CacheFolder { get; init; }

    /// <summary>The clock of files and rates.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Told of every stage, step and file.</summary>
    public IProgress<TrainingEvent>? Progress { get; init; }

    /// <summary>The memory that the run may take, by which it is fitted or warned; null asks the machine.</summary>
    public Preflight.MachineMemory? Memory { get; init; }

    /// <summary>Ends the run after the current step, saving it so that it can be resumed.</summary>
    public CancellationToken Stop { get; init; }

    /// <summary>Ends the run after the current step as if that had been its last.</summary>
    public CancellationToken Finish { get; init; }

    /// <summary>Ends the run as soon as it can be, by an exception; nothing more is written.</summary>
    public CancellationToken Cancel { get; init; }

    /// <summary>The models in memory, from which the run borrows its own; null loads one for the run alone.</summary>
    public LoadedModels? Models { get; init; }

    /// <summary>Others who want the device: the run makes room for them between two steps. Null when it has the device for itself.</summary>
    public TrainingGuests? Guests { get; init; }

    /// <summary>Where the adapter can be found by name while it is trained; null for nowhere.</summary>
    public LiveLoras? Live { get; init; }

    /// <summary>The names there, besides that of the adapter's file.</summary>
    public IReadOnlyList<string> LiveNames { get; init; } = [];

    /// <summary>Whether a run works with a model that others draw with meanwhile.</summary>
    internal bool SharesModel => Models is not null;

    /// <summary>The memory that a run may take there: what is free, and what models hold that would go for it, or that are its own.</summary>
    internal Preflight.MachineMemory MemoryOf(string device)
    {
        if (Memory is not null) return Memory;
        var machine = Preflight.MachineMemory.Of(device);
        return machine with { Available = machine.Available + (Models?.Reclaimable(new Device(device)) ?? 0) };
    }
}

/// <summary>Those who may use the device, and the model, between two steps of a run: what the run has on the model is taken off for them and put back.</summary>
/// <param name="AreWaiting">Whether anybody waits; asked after every step.</param>
/// <param name="Serve">Does what they want, on the run's thread, and leaves the models as they were.</param>
public sealed record TrainingGuests(Func<bool> AreWaiting, Action Serve);

/// <summary>What a run came to.</summary>
/// <param name="Path">The adapter's file.</param>
/// <param name="Steps">Steps done, over all resumes.</param>
/// <param name="IsComplete">Whether the run reached its end; else it was stopped and can be resumed.</param>
/// <param name="Loss">The smoothed loss of the last step.</param>
/// <param name="Proof">What was found when the file was read back; null for a run that was stopped.</param>
/// <param name="Warnings">What the user should know, in sentences.</param>
public sealed record TrainingResult(string Path, long Steps, bool IsComplete, double Loss, Result.AdapterProof? Proof, IReadOnlyList<string> Warnings)
{
    /// <summary>What the run did for pictures that it was not trained on; null where none were set aside.</summary>
    public Validation.HeldOutLoss? HeldOut { get; init; }
}

/// <summary>Trains a LoRA from a folder of pictures.</summary>
public static class LoraTrainer
{
    /// <summary>Trains, or goes on with a run that was interrupted. It belongs to one thread; stop it by <see cref="TrainerHost.Stop"/>.</summary>
    /// <param name="options">The run.</param>
    /// <param name="host">Where and for whom.</param>
    /// <exception cref="SettingsException">Settings are wrong or missing; all of them are named.</exception>
    /// <exception cref="Data.DatasetException">The pictures cannot be trained on; the message says why and how to cure it.</exception>
    /// <exception cref="TrainingDivergedException">The loss became no number again and again.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled, or stopped before its first step.</exception>
    /// <exception cref="IOException">A file cannot be read or written.</exception>
    public static TrainingResult Run(TrainingOptions options, TrainerHost host)
    {
        ArgumentNullException.ThrowIfNull(host);
        Check(options);
        TorchExtras.EnsureAvailable();
        ComputeThreads.UseCores();
        using var scope = NewDisposeScope();
        using var session = TrainingSession.Begin(options, host);
        foreach (var problem in InputFiles.Check(options)) session.Warn(problem.Message);
        return session.Run();
    }

    /// <summary>Refuses settings that no run can follow.</summary>
    internal static void Check(TrainingOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        IReadOnlyList<SettingsProblem> problems = [.. SettingsRules.Check(options), .. SettingsRules.Missing(options), .. UnsupportedSettings.Of(options), .. InputFiles.Check(options)];
        if (problems.Any(problem => problem.Severity == Severity.Error)) throw new SettingsException(problems);
    }
}
