namespace LoraBridge.Training.Preflight;

/// <summary>A setting that gets another value.</summary>
/// <param name="Name">Its full name, such as loop.batchSize.</param>
/// <param name="From">The value now, as settings are written.</param>
/// <param name="To">The value that would be.</param>
public sealed record ChangedSetting(string Name, string From, string To);

/// <summary>Something that would make a run take less memory.</summary>
/// <param name="Settings">What is set otherwise; several settings that only make sense together.</param>
/// <param name="Saves">Bytes that the phases which do not fit take less, at most.</param>
/// <param name="Cost">What is paid for it, a sentence.</param>
public sealed record FitChange(IReadOnlyList<ChangedSetting> Settings, long Saves, string Cost)
{
    /// <summary>The settings alone: <c>loop.batchSize 4 -> 2, loop.gradientAccumulation 1 -> 2</c>.</summary>
    public override string ToString() => string.Join(", ", Settings.Select(setting => $"{setting.Name} {setting.From} -> {setting.To}"));
}
