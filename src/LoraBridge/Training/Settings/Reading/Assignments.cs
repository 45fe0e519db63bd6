namespace LoraBridge.Training.Settings.Reading;

/// <summary>A value that was given for a setting, and where.</summary>
internal sealed record Assignment(Setting Setting, object? Value, SettingOrigin Origin);

/// <summary>The values that one scope (a run, a data set) was given, by the settings' full names.</summary>
internal sealed class Assignments
{
    private readonly Dictionary<string, Assignment> _byPath = new(StringComparer.Ordinal);

    public IEnumerable<Assignment> All => _byPath.Values;

    public Assignment? Find(string path) => _byPath.GetValueOrDefault(path);

    /// <summary>Adds a value; one that was given before with another value is returned and stays.</summary>
    public Assignment? Add(Assignment assignment)
    {
        if (_byPath.TryAdd(assignment.Setting.Path, assignment)) return null;
        var before = _byPath[assignment.Setting.Path];
        return SettingText.Of(before.Value) == SettingText.Of(assignment.Value) ? null : before;
    }

    /// <summary>Puts values over those that are there.</summary>
    public void Overlay(IEnumerable<Assignment> upper)
    {
        foreach (var assignment in upper) _byPath[assignment.Setting.Path] = assignment;
    }
}

/// <summary>What one source says: of the run, and of each data set.</summary>
internal sealed class Layer
{
    public Assignments Run { get; } = new();

    public List<Assignments> Datasets { get; } = [];

    /// <summary>The folder of regularisation pictures that was given beside the folder of pictures.</summary>
    public Assignments? Regularisation { get; set; }

    /// <summary>Files that the source names as further sources: settings below it, data sets above it.</summary>
    public List<(string Path, bool IsDatasets, SourcePlace Place)> Includes { get; } = [];

    /// <summary>The network module that the source names, a mark of kohya's language.</summary>
    public string? NetworkModule { get; set; }
}
