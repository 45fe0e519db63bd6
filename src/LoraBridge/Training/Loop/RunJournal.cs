using LoraBridge.Files;
using LoraBridge.Imaging;
using LoraBridge.Training.Logging;
using LoraBridge.Training.Samples;
using LoraBridge.Training.Validation;

namespace LoraBridge.Training.Loop;

/// <summary>
/// Writes down what happens in a run: the history and its chart, train.log, TensorBoard's files. Once it has begun, a disk that refuses
/// costs what could not be written and not the run.
/// </summary>
internal sealed class RunJournal : IDisposable
{
    private readonly TrainingSession _session;
    private readonly RunLog _log;
    private readonly TensorBoardWriter? _board;
    private TrainingHistory _history;
    private bool _hasWarned;

    /// <summary>Begins a journal, or goes on with one.</summary>
    /// <param name="session">The run.</param>
    /// <param name="resumedAt">The step that it goes on from; null for a new run.</param>
    /// <exception cref="IOException">A file cannot be written; the message names the setting.</exception>
    public RunJournal(TrainingSession session, long? resumedAt)
    {
        var options = session.Options.Logging;
        _session = session;
        try
        {
            _log = Opened("saving.folder", () => new RunLog(session.Names.Log, session.Host.Time));
            if (options.TensorBoard) _board = Opened("logging.folder", () => new TensorBoardWriter(options.Folder ?? session.Names.TensorBoard, resumedAt, session.Host.Time));
            // last, as it replaces the history of an earlier run
            _history = Opened("saving.folder", () => resumedAt is { } step ? TrainingHistory.Resume(session.Names.History, step) : TrainingHistory.Begin(session.Names.History));
            // after all that can be refused: the settings of a run that cannot be gone on with must stay what they were
            Opened("saving.folder", () =>
            {
                AtomicFile.Write(session.Names.Settings, System.Text.Encoding.UTF8.GetBytes(Settings.SettingsJson.Write(session.Options)));
                return session;
            });
        }
        catch
        {
            _history?.Dispose();
            _board?.Dispose();
            _log?.Dispose();
            throw;
        }
        foreach (var warning in session.Warnings) Warned(warning);
        Log(resumedAt is { } at ? $"goes on from step {at}" : $"begins: {session.Plan.Steps} steps, {session.Network.UNetModules} layers of the UNet and {session.Network.TextModules} of the text encoder, {session.Network.TrainedNumbers:N0} numbers");
        if (session.Forecast is { } forecast) Log(forecast.Sentence);
        if (options.Settings) Try(() => _board?.Text("settings", Settings.SettingsTemplate.Write(session.Options, onlyChanged: true), resumedAt ?? 0));
        Note(resumedAt ?? 0, resumedAt is null ? HistoryEventKind.Started : HistoryEventKind.Resumed, "");
    }

    /// <summary>What has been written so far; nothing where somebody has taken the file away.</summary>
    public IReadOnlyList<HistoryEntry> Entries => File.Exists(_session.Names.History) ? TrainingHistory.Read(_session.Names.History).Entries : [];

    /// <summary>A step was taken.</summary>
    public void Stepped(TrainingStepDone done, double gradientNorm)
    {
        var rates = new SortedDictionary<string, double>(StringComparer.Ordinal);
        foreach (var group in _session.Optimizer.Groups) rates[group.Name] = _session.Optimizer.EffectiveLearningRate(group);
        Try(() => _history.Add(new()
        {
            Step = done.Step,
            Epoch = done.Epoch - 1,
            Loss = done.Loss,
            SmoothedLoss = done.SmoothedLoss,
            LearningRates = rates,
            GradientNorm = gradientNorm,
            Timing = new() { Time = _session.Host.Time.GetUtcNow(), PicturesPerSecond = done.PicturesPerSecond, PeakMemory = done.PeakMemory },
        }));
        if (done.Step % _session.Options.Logging.Interval != 0 && done.Step != done.Steps) return;
        Try(() => _board?.Scalars(
        [
            new("loss/current", done.Loss), new("loss/average", done.SmoothedLoss), new("norm/avg_grad_norm", gradientNorm),
            .. rates.Select(rate => KeyValuePair.Create($"lr/{rate.Key}", rate.Value)),
        ], done.Step));
    }

    /// <summary>Pictures set aside were looked at.</summary>
    public void Validated(long step, ValidationResult result)
    {
        var figures = new SortedDictionary<string, double>(StringComparer.Ordinal) { [HistoryEntry.ValidationLoss] = result.Loss, ["drift"] = result.Drift };
        foreach (var (timestep, loss) in result.ByTimestep) figures[$"loss at {timestep}"] = loss;
        Try(() => _history.Add(new() { Step = step, Validation = figures }));
        Try(() => _board?.Scalars(figures.Select(figure => KeyValuePair.Create($"validation/{figure.Key}", figure.Value)), step));
    }

    /// <summary>Samples were drawn.</summary>
    public void Sampled(long step, IReadOnlyList<DrawnSample> samples)
    {
        foreach (var sample in samples) Try(() => _board?.Image($"samples/{sample.Prompt}", sample.Image.Picture, step));
        Note(step, HistoryEventKind.Sampled, string.Join(", ", samples.Select(sample => Path.GetFileName(sample.Path))));
    }

    /// <summary>A file was written.</summary>
    public void Saved(long step, string path) => Note(step, HistoryEventKind.Saved, Path.GetFileName(path));

    /// <summary>Something that the user should know.</summary>
    public void Warned(string sentence) => Try(() => _log.Warning(sentence));

    /// <summary>The run goes on from an earlier step: what was written since is taken out.</summary>
    public void RolledBack(long step)
    {
        Try(() =>
        {
            var shorter = TrainingHistory.Resume(_session.Names.History, step);
            _history.Dispose();
            _history = shorter;
        });
        Note(step, HistoryEventKind.RolledBack, "");
    }

    /// <summary>The run is over: sums up, and draws the losses.</summary>
    public void Ended(long step, bool isComplete, string sentence)
    {
        Note(step, isComplete ? HistoryEventKind.Finished : HistoryEventKind.Stopped, sentence);
        Try(_log.Summarize);
        Try(() =>
        {
            var entries = Entries;
            if (entries.Any(entry => entry.Loss is not null)) PictureFile.Write(_session.Names.Chart, LossChart.Draw(entries, new() { Title = _session.Options.Saving.EffectiveName }));
        });
    }

    public void Dispose()
    {
        _history.Dispose();
        _board?.Dispose();
        _log.Dispose();
    }

    private void Note(long step, HistoryEventKind kind, string text)
    {
        Try(() => _history.Add(new() { Step = step, Event = new(kind, text), Timing = new() { Time = _session.Host.Time.GetUtcNow() } }));
        Log($"step {step}: {kind}{(text.Length > 0 ? ": " : "")}{text}");
    }

    private void Log(string text) => Try(() => _log.Information(text));

    private void Try(Action write)
    {
        try
        {
            write();
        }
        catch (Exception refused) when (OutputFolder.IsRefusal(refused))
        {
            if (_hasWarned) return;
            // before the warning, which is itself to be written down
            _hasWarned = true;
            _session.Warn($"{OutputFolder.Explain(refused, Path.GetDirectoryName(_session.Names.Final)!, "A part of the history, train.log or TensorBoard's files")} The run goes on.");
        }
    }

    private static T Opened<T>(string setting, Func<T> open)
    {
        try
        {
            return open();
        }
        catch (Exception refused) when (OutputFolder.IsRefusal(refused))
        {
            throw new IOException($"{setting}: the run's history and logs cannot be written: {refused.Message} Choose another folder, or free some space in this one.", refused);
        }
    }
}
