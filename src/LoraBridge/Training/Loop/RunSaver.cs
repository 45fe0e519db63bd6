using System.Globalization;
using LoraBridge.Checkpoints;
using LoraBridge.Files;
using LoraBridge.Imaging;
using LoraBridge.Lora;
using LoraBridge.Training.Result;
using LoraBridge.Training.Settings;

namespace LoraBridge.Training.Loop;

/// <summary>Writes a run's files: adapters, states, samples.</summary>
internal sealed class RunSaver(TrainingSession session, RunJournal journal)
{
    private readonly List<(long Step, string Path, bool IsEpoch)> _checkpoints = [], _states = [];
    private Picture? _cover;

    /// <summary>Writes the adapter as it is, under a name of its own, and removes those beyond the number to keep.</summary>
    public void SaveCheckpoint(long step, int epoch, bool isEpoch)
    {
        var path = isEpoch ? session.Names.AfterEpoch(epoch) : session.Names.AfterStep(step);
        Save(path, step, epoch);
        _checkpoints.Add((step, path, isEpoch));
        var saving = session.Options.Saving;
        foreach (var old in Superfluous(_checkpoints, step, saving.KeepLastSteps, saving.KeepLastEpochs, saving.KeepLast)) Remove(old);
    }

    /// <summary>Writes what the run goes on from, and keeps it beside a checkpoint where the settings say so; removes those beyond the number to keep.</summary>
    public void WriteCheckpointState(RunState state, long step, int epoch, bool isEpoch)
    {
        var saving = session.Options.Saving;
        var besides = isEpoch ? session.Names.AfterEpoch(epoch) : session.Names.AfterStep(step);
        WriteState(state, saving.State ? besides : null);
        if (!saving.State) return;
        _states.Add((step, besides, isEpoch));
        foreach (var old in Superfluous(_states, step, saving.KeepLastStepStates, saving.KeepLastEpochStates, null))
        {
            _states.Remove(old);
            File.Delete(SavedNames.StateOf(old.Path));
        }
    }

    /// <summary>Writes the adapter of the end, its note and picture, and reads it back.</summary>
    public AdapterProof SaveFinal(long step, int epoch, bool takeBest)
    {
        var path = session.Names.Final;
        if (takeBest && File.Exists(Best)) File.Move(Best, path, overwrite: true);
        else Save(path, step, epoch);
        session.Network.Detach();
        try
        {
            var proof = AdapterProof.Of(path, session.Model, session.ProofText);
            session.Tell(new TrainingFileWritten(path, "adapter"));
            var trigger = session.Options.Metadata.TriggerPhrase ?? session.Options.Captions.TriggerWord ?? "";
            var notes = FormattableString.Invariant($"Trained with LoraBridge: {step} steps on {session.Source.Set.Pictures.Count} pictures, rank {session.Options.Network.Rank}. {proof.Sentence}");
            Spare("The adapter's note and picture", () => SideCard.Write(path, trigger, notes, _cover));
            return proof;
        }
        finally
        {
            session.Network.Attach();
        }
    }

    /// <summary>Keeps the adapter as it is as the best so far.</summary>
    public void KeepBest(long step, int epoch) => Save(Best, step, epoch, session.Options.Saving.EffectiveName);

    /// <summary>Draws the sample prompts; a stop ends that, and the loop then ends the run in good order.</summary>
    public void DrawSamples(long step)
    {
        if (!session.Samples.HasPrompts) return;
        try
        {
            var drawn = session.Samples.Draw(step, () => session.ServeGuests(), session.Host.Stop);
            journal.Sampled(step, drawn);
            _cover = drawn[0].Image.Picture;
            foreach (var sample in drawn) session.Tell(new TrainingFileWritten(sample.Path, "sample"));
        }
        catch (OperationCanceledException) when (session.Host.Stop.IsCancellationRequested)
        {
            journal.Warned($"The samples of step {step} were not drawn to their end: the run was stopped.");
        }
    }

    /// <summary>Writes what the run goes on from.</summary>
    /// <param name="state">It, which is disposed.</param>
    /// <param name="besides">An adapter beside which it shall be kept too, or null.</param>
    public void WriteState(RunState state, string? besides = null)
    {
        using (state) state.Write(session.Names.Resume);
        SavedStep = state.Step;
        if (besides is not null) AtomicFile.Copy(session.Names.Resume, SavedNames.StateOf(besides));
    }

    /// <summary>The step of the state that was written last; null for none yet.</summary>
    public long? SavedStep { get; private set; }

    /// <summary>Writes something without which the run can go on; where the disk refuses it, a warning says so.</summary>
    /// <param name="what">What it is, as a sentence begins.</param>
    /// <param name="write">Writes it.</param>
    public void Spare(string what, Action write)
    {
        try
        {
            write();
        }
        catch (Exception refused) when (OutputFolder.IsRefusal(refused))
        {
            session.Warn($"{OutputFolder.Explain(refused, Folder, what)} The run goes on without it.");
        }
    }

    /// <summary>Writes something that the run is for; where the disk refuses it, the error says where to go on from.</summary>
    /// <param name="what">What it is, as a sentence begins.</param>
    /// <param name="write">Writes it.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void Insist(string what, Action write)
    {
        try
        {
            write();
        }
        catch (Exception refused) when (OutputFolder.IsRefusal(refused))
        {
            var then = SavedStep is { } step ? $" Then go on with loop.resume latest (--resume): the run as it was after step {step} is saved." : "";
            throw new IOException(OutputFolder.Explain(refused, Folder, what) + then, refused);
        }
    }

    /// <summary>Learns of the adapters that the run saved before it was interrupted, so that they are removed in their turn.</summary>
    public void RememberCheckpoints(long step, int stepsPerEpoch)
    {
        _checkpoints.AddRange(Earlier(session.Names.Checkpoints()));
        _states.AddRange(Earlier(session.Names.States()));

        IEnumerable<(long, string, bool)> Earlier(IEnumerable<(string Path, bool IsEpoch, long Number)> files) =>
            from file in files
            let at = file.IsEpoch ? file.Number * stepsPerEpoch : file.Number
            where at <= step
            orderby at
            select (at, file.Path, file.IsEpoch);
    }

    private string Folder => Path.GetDirectoryName(session.Names.Final)!;

    private string Best => Path.ChangeExtension(session.Names.Final, null) + "-best.safetensors";

    private void Save(string path, long step, int epoch, string? alias = null)
    {
        var saving = session.Options.Saving;
        var metadata = session.Metadata.Of(alias ?? Path.GetFileNameWithoutExtension(path), step, epoch, SaveTime.Now(session.Host.Time));
        var type = saving.Precision switch { WeightPrecision.Fp32 => TensorType.F32, WeightPrecision.Bf16 => TensorType.BF16, _ => TensorType.F16 };
        using var file = session.Network.ToFile(metadata);
        foreach (var layout in saving.Layouts)
        {
            var (target, kind) = layout switch
            {
                FileLayout.Diffusers => (Path.ChangeExtension(path, null) + SavedNames.OtherLayouts[0], LoraLayout.Diffusers),
                FileLayout.Peft => (Path.ChangeExtension(path, null) + SavedNames.OtherLayouts[1], LoraLayout.Peft),
                _ => (path, LoraLayout.Kohya),
            };
            file.Save(target, new() { Layout = kind, Type = type, Metadata = metadata });
            session.Tell(new TrainingFileWritten(target, "checkpoint"));
            journal.Saved(step, target);
        }
    }

    private static IEnumerable<(long Step, string Path, bool IsEpoch)> Superfluous(
        List<(long Step, string Path, bool IsEpoch)> all, long step, int? keepSteps, int? keepEpochs, int? keep)
    {
        var epoch = all.Where(one => one.IsEpoch).Select(one => EpochOf(one.Path)).DefaultIfEmpty().Max();
        foreach (var old in all.ToList())
        {
            var isOld = old.IsEpoch ? EpochOf(old.Path) <= epoch - keepEpochs : old.Step <= step - keepSteps;
            if (isOld || (keep is { } most && all.Count > most && old == all[0])) yield return old;
        }
    }

    private static int EpochOf(string path) => int.Parse(Path.GetFileNameWithoutExtension(path).Split('-')[^1], CultureInfo.InvariantCulture);

    private void Remove((long Step, string Path, bool IsEpoch) old)
    {
        _checkpoints.Remove(old);
        File.Delete(old.Path);
        foreach (var other in SavedNames.OtherLayouts.Select(ending => Path.ChangeExtension(old.Path, null) + ending))
        {
            if (Directory.Exists(other)) Directory.Delete(other, recursive: true);
            else File.Delete(other);
        }
        // states go with their checkpoints unless they have numbers of their own
        if ((old.IsEpoch ? session.Options.Saving.KeepLastEpochStates : session.Options.Saving.KeepLastStepStates) is not null) return;
        _states.Remove(old);
        File.Delete(SavedNames.StateOf(old.Path));
    }
}

/// <summary>The time that files carry: SOURCE_DATE_EPOCH where it is set, by which builds are made the same again, else the clock's.</summary>
internal static class SaveTime
{
    public static DateTimeOffset Now(TimeProvider time) =>
        long.TryParse(Environment.GetEnvironmentVariable("SOURCE_DATE_EPOCH"), out var seconds) ? DateTimeOffset.FromUnixTimeSeconds(seconds) : time.GetUtcNow();
}
