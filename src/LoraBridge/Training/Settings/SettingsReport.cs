namespace LoraBridge.Training.Settings;

/// <summary>What sources of settings came to: the options, where each value came from, and everything to say about them.</summary>
public sealed class SettingsReport
{
    private readonly TrainingOptions _options;
    private readonly IReadOnlyDictionary<string, SettingOrigin> _origins;

    internal SettingsReport(TrainingOptions options, IReadOnlyDictionary<string, SettingOrigin> origins, IReadOnlyList<SettingsProblem> problems)
    {
        _options = options;
        _origins = origins;
        Problems = problems;
    }

    /// <summary>Errors, warnings and notes, in the order of the sources.</summary>
    public IReadOnlyList<SettingsProblem> Problems { get; }

    /// <summary>Whether the options cannot be used.</summary>
    public bool HasErrors => Problems.Any(problem => problem.Severity == Severity.Error);

    /// <summary>The options.</summary>
    /// <exception cref="SettingsException">There are errors; it names all of them.</exception>
    public TrainingOptions Options => HasErrors ? throw new SettingsException(Problems) : _options;

    /// <summary>The options as far as they could be read, for showing beside the errors.</summary>
    public TrainingOptions Draft => _options;

    /// <summary>Where a value comes from; a data set's settings are called <c>data[0].folder</c>.</summary>
    public SettingOrigin OriginOf(string path) => _origins.GetValueOrDefault(path, SettingOrigin.Default);
}
