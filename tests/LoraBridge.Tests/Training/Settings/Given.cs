using LoraBridge.Training.Settings;

namespace LoraBridge.Tests.Training.Settings;

/// <summary>Reads settings that a test writes down.</summary>
internal static class Given
{
    public static SettingsReport Yaml(string text, params string[] arguments) =>
        TrainingSettings.Read(SettingsSource.Text(text, "lora.yaml", SettingsFormat.Yaml), SettingsSource.Arguments(arguments));

    public static SettingsReport Toml(string text, params string[] arguments) =>
        TrainingSettings.Read(SettingsSource.Text(text, "run.toml", SettingsFormat.Toml), SettingsSource.Arguments(arguments));

    public static SettingsReport Json(string text) => TrainingSettings.Read(SettingsSource.Text(text, "run.json", SettingsFormat.Json));

    public static SettingsReport Arguments(params string[] arguments) => TrainingSettings.Read(SettingsSource.Arguments(arguments));

    /// <summary>The only error there is.</summary>
    public static string Error(SettingsReport report) => Assert.Single(Texts(report, Severity.Error));

    public static IEnumerable<string> Texts(SettingsReport report, Severity severity) =>
        report.Problems.Where(problem => problem.Severity == severity).Select(problem => problem.ToString());
}
