using LoraBridge.Checkpoints;
using LoraBridge.Imaging;
using LoraBridge.Lora;
using LoraBridge.Training.Result;
using LoraBridge.Training.Settings;

namespace LoraBridge.Training.Loop;

/// <summary>Writes a run's files: adapters, states, samples.</summary>
internal sealed class RunSaver(TrainingSession session, RunJournal journal)
{
    private readonly List<(long Step, string Path, bool IsEpoch)> _checkpoints = [];
    private Picture? _cover;

    /// <summary>Writes the adapter as it is, under a name of its own, and removes those beyond the number to keep.</summary>
    public void SaveCheckpoint(long step, int epoch, bool isEpoch)
    {
        var path = isEpoch ? session.Names.AfterEpoch(epoch) : session.Names.AfterStep(step);
        Save(path, step, epoch);
        _checkpoints.Add((step, path, isEpoch));
        foreach (var old in Superfluous(step, epoch)) Remove(old);
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
            var trigger = session.Options.Metadata.TriggerPhrase ?? session.Options.Captions.TriggerWord ?? "";
            SideCard.Write(path, trigger, FormattableString.Invariant($"Trained with LoraBridge: {step} steps on {session.Source.Set.Pictures.Count} pictures, rank {session.Options.Network.Rank}. {proof.Sentence}"), _cover);
            session.Tell(new TrainingFileWritten(path, "adapter"));
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
        if (besides is not null) File.Copy(session.Names.Resume, SavedNames.StateOf(besides), overwrite: true);
    }

    /// <summary>Learns of the adapters that the run saved before it was interrupted, so that they are removed in their turn.</summary>
    public void RememberCheckpoints(long step, int stepsPerEpoch) =>
        _checkpoints.AddRange(
            from file in session.Names.Checkpoints()
            let at = file.IsEpoch ? file.Number * stepsPerEpoch : file.Number
            where at <= step
            orderby at
            select (at, file.Path, file.IsEpoch));

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
                FileLayout.Diffusers => (Path.ChangeExtension(path, null) + "-diffusers.safetensors", LoraLayout.Diffusers),
                FileLayout.Peft => (Path.ChangeExtension(path, null) + "-peft", LoraLayout.Peft),
                _ => (path, LoraLayout.Kohya),
            };
            file.Save(target, new() { Layout = kind, Type = type, Metadata = metadata });
            session.Tell(new TrainingFileWritten(target, "checkpoint"));
            journal.Saved(step, target);
        }
    }

    private IEnumerable<(long Step, string Path, bool IsEpoch)> Superfluous(long step, int epoch)
    {
        var saving = session.Options.Saving;
        foreach (var old in _checkpoints.ToList())
        {
            var isOld = old.IsEpoch
                ? saving.KeepLastEpochs is { } epochs && EpochOf(old.Path) <= epoch - epochs
                : saving.KeepLastSteps is { } steps && old.Step <= step - steps;
            if (isOld || (saving.KeepLast is { } keep && _checkpoints.Count > keep && old == _checkpoints[0])) yield return old;
        }
    }

    private static int EpochOf(string path) => int.Parse(Path.GetFileNameWithoutExtension(path).Split('-')[^1]);

    private void Remove((long Step, string Path, bool IsEpoch) old)
    {
        _checkpoints.Remove(old);
        File.Delete(old.Path);
        File.Delete(SavedNames.StateOf(old.Path));
    }
}

/// <summary>The time that files carry: SOURCE_DATE_EPOCH where it is set, by which builds are made the same again, else the clock's.</summary>
internal static class SaveTime
{
    public static DateTimeOffset Now(TimeProvider time) =>
        long.TryParse(Environment.GetEnvironmentVariable("SOURCE_DATE_EPOCH"), out var seconds) ? DateTimeOffset.FromUnixTimeSeconds(seconds) : time.GetUtcNow();
}
