using System.Globalization;
using System.Text.Json;
using LoraBridge.Files;
using LoraBridge.Server.Errors;

namespace LoraBridge.Server.Datasets;

/// <summary>One caption before and after a change; null where there is no file.</summary>
internal sealed record CaptionChange(string Name, string? Before, string? After);

/// <summary>One entry of the journal.</summary>
internal sealed record JournalEntry(int Number, DateTimeOffset At, string Description, IReadOnlyList<CaptionChange> Changes);

/// <summary>What a change, an undo or a redo came to.</summary>
/// <param name="Description">What was done, in words.</param>
/// <param name="Changed">How many captions changed.</param>
/// <param name="Skipped">Pictures whose captions somebody else changed since, or that are gone; they stay as they are.</param>
/// <param name="CanUndo">Whether there is something to undo now.</param>
/// <param name="CanRedo">Whether there is something to redo now.</param>
internal sealed record EditReport(string Description, int Changed, IReadOnlyList<string> Skipped, bool CanUndo, bool CanRedo);

/// <summary>
/// What was done to captions, on the disk before it is done: <c>history/000001.json</c> and so on, and <c>history/state.json</c> which says
/// how many of them hold and which of them is being carried out. A process that was killed in the middle goes on where it was.
/// All members are called with the data set's gate held.
/// </summary>
internal sealed class CaptionJournal
{
    private readonly Dataset _dataset;
    private readonly string _folder;
    private readonly int _most;
    private State _state;

    /// <summary>Opens a data set's journal, and finishes what a killed process began.</summary>
    /// <param name="dataset">The data set.</param>
    /// <param name="most">How many changes can be undone; older ones are forgotten.</param>
    public CaptionJournal(Dataset dataset, int most = 200)
    {
        (_dataset, _folder, _most) = (dataset, Path.Combine(dataset.Home, "history"), most);
        _state = File.Exists(StatePath) ? JsonSerializer.Deserialize<State>(File.ReadAllBytes(StatePath), DatasetJson.Options)! : new(0, null);
        if (_state.Target is { } target) Carry(Read(Math.Max(target, _state.Applied)), target);
    }

    /// <summary>What can be undone, the newest first, then what can be redone.</summary>
    public IReadOnlyList<JournalEntry> Undoable => [.. Numbers().Where(number => number <= _state.Applied).OrderDescending().Select(Read)];

    /// <summary>What can be redone, the next first.</summary>
    public IReadOnlyList<JournalEntry> Redoable => [.. Numbers().Where(number => number > _state.Applied).Order().Select(Read)];

    private string StatePath => Path.Combine(_folder, "state.json");

    /// <summary>Notes changes and carries them out; what had been undone cannot be redone afterwards.</summary>
    public EditReport Do(string description, IReadOnlyList<CaptionChange> changes, DateTimeOffset at)
    {
        if (changes.Count == 0) return Report(description, 0, []);
        _dataset.EnsureThere();
        Directory.CreateDirectory(_folder);
        foreach (var number in Numbers().Where(number => number > _state.Applied).OrderDescending()) File.Delete(PathOf(number));
        var entry = new JournalEntry(_state.Applied + 1, at, description, changes);
        AtomicFile.Write(PathOf(entry.Number), JsonSerializer.SerializeToUtf8Bytes(entry, DatasetJson.Options));
        var report = Carry(entry, entry.Number);
        foreach (var number in Numbers().Where(number => number <= _state.Applied - _most)) File.Delete(PathOf(number));
        return report;
    }

    /// <summary>Takes the last change back.</summary>
    public EditReport Undo() => CanUndo ? Carry(Read(_state.Applied), _state.Applied - 1) : throw RequestException.Conflict("undo", "There is nothing to undo.", "Change a caption first.");

    /// <summary>Does again what was undone last.</summary>
    public EditReport Redo() => CanRedo ? Carry(Read(_state.Applied + 1), _state.Applied + 1) : throw RequestException.Conflict("redo", "There is nothing to redo.", "Undo a change first.");

    private bool CanUndo => _state.Applied > 0 && File.Exists(PathOf(_state.Applied));

    private bool CanRedo => File.Exists(PathOf(_state.Applied + 1));

    private EditReport Carry(JournalEntry entry, int target)
    {
        var forward = target >= entry.Number;
        Save(new(forward ? entry.Number - 1 : entry.Number, target));
        var paths = _dataset.Pictures().ToDictionary(picture => picture.Name, picture => picture.Path, StringComparer.Ordinal);
        var skipped = new List<string>();
        foreach (var change in entry.Changes)
        {
            var (from, to) = forward ? (change.Before, change.After) : (change.After, change.Before);
            var current = paths.TryGetValue(change.Name, out var path) ? CaptionFile.ReadOwn(path) : null;
            if (path is null || (current != from && current != to)) skipped.Add(change.Name);
            else if (current != to) CaptionFile.Write(path, to);
        }
        Save(new(target, null));
        return Report(entry.Description, entry.Changes.Count - skipped.Count, skipped);
    }

    private EditReport Report(string description, int changed, IReadOnlyList<string> skipped) => new(description, changed, skipped, CanUndo, CanRedo);

    private void Save(State state)
    {
        AtomicFile.Write(StatePath, JsonSerializer.SerializeToUtf8Bytes(state, DatasetJson.Options));
        _state = state;
    }

    private JournalEntry Read(int number) => JsonSerializer.Deserialize<JournalEntry>(File.ReadAllBytes(PathOf(number)), DatasetJson.Options)!;

    private string PathOf(int number) => Path.Combine(_folder, $"{number:D6}.json");

    private IEnumerable<int> Numbers() => Directory.Exists(_folder)
        ? [.. Directory.EnumerateFiles(_folder, "*.json").Select(Path.GetFileNameWithoutExtension).Where(name => int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out _)).Select(name => int.Parse(name!, CultureInfo.InvariantCulture))]
        : [];

    /// <param name="Applied">The number of the last entry that holds.</param>
    /// <param name="Target">What that number becomes when what is being done is done; null when nothing is.</param>
    private sealed record State(int Applied, int? Target);
}
