namespace LoraBridge.Training.Settings;

/// <summary>How much a finding about settings matters.</summary>
public enum Severity
{
    /// <summary>Something to know: a key that needs no counterpart here, a value that was derived.</summary>
    Note,

    /// <summary>The run works, but probably not as meant.</summary>
    Warning,

    /// <summary>The run cannot begin.</summary>
    Error,
}

/// <summary>A finding about settings.</summary>
/// <param name="Severity">How much it matters.</param>
/// <param name="Message">What is wrong and how to cure it.</param>
/// <param name="Place">Where the text stands (<c>lora.yaml:3</c>); empty for a matter of several values.</param>
/// <param name="Settings">The full names of the settings it is about; empty for an unknown key.</param>
public sealed record SettingsProblem(Severity Severity, string Message, string Place, IReadOnlyList<string> Settings)
{
    /// <summary>One line for people: place, severity, message.</summary>
    public override string ToString() => $"{(Place.Length > 0 ? Place + ": " : "")}{Severity.ToString().ToLowerInvariant()}: {Message}";
}

/// <summary>Settings that cannot be used; it names every error at once.</summary>
public sealed class SettingsException(IReadOnlyList<SettingsProblem> problems)
    : Exception(string.Join("\n", problems.Where(problem => problem.Severity == Severity.Error)))
{
    /// <summary>All findings, warnings and notes among them.</summary>
    public IReadOnlyList<SettingsProblem> Problems { get; } = problems;
}
