using System.Text.Json.Nodes;
using LoraBridge.Server.Jobs;
using LoraBridge.Training.Settings;

namespace LoraBridge.Server.Presets;

/// <summary>Settings in anybody's words as settings in ours: by group and name, and only what somebody has said.</summary>
internal static class SettingsWords
{
    /// <summary>The group of data sets, of which a run has several.</summary>
    public const string DataGroup = "data";

    /// <summary>Reads settings of a request.</summary>
    public static SettingsReport Read(JsonObject settings) => TrainingSettings.Read(Source(settings));

    /// <summary>Settings of a request as a source; files that they name are not read.</summary>
    public static SettingsSource Source(JsonObject settings, string name = "settings") =>
        new SettingsSourceText(settings.ToJsonString(), name, SettingsFormat.Json).ToSource();

    /// <summary>What sources have said, without what is left to the defaults.</summary>
    public static JsonObject Given(SettingsReport report)
    {
        var all = JsonNode.Parse(SettingsJson.Write(report.Draft))!.AsObject();
        var given = new JsonObject();
        foreach (var setting in SettingsCatalog.All.Where(setting => setting.Group != DataGroup && IsGiven(report, setting.Path)))
            Group(given, setting.Group)[setting.Name] = all[setting.Group]![setting.Name]?.DeepClone();
        if (all[DataGroup] is JsonArray { Count: > 0 } datasets) given[DataGroup] = Datasets(report, datasets);
        return given;
    }

    /// <summary>What there is to say, as it is answered.</summary>
    public static IReadOnlyList<SettingsRemark> Remarks(SettingsReport report) =>
        [.. report.Problems.Select(problem => new SettingsRemark(problem.Severity.ToString().ToLowerInvariant(), problem.Message, problem.Place, problem.Settings))];

    /// <summary>Refuses settings with errors.</summary>
    /// <exception cref="JobException">There are some; all of them are named.</exception>
    public static void ThrowIfWrong(SettingsReport report)
    {
        if (!report.HasErrors) return;
        throw JobException.Invalid(report.Problems.Where(problem => problem.Severity == Severity.Error)
            .SelectMany(problem => problem.Settings.DefaultIfEmpty("settings"), (problem, setting) => (setting, problem.Message))
            .GroupBy(pair => pair.setting, pair => pair.Message)
            .ToDictionary(group => group.Key, group => group.Distinct().ToArray()));
    }

    private static JsonArray Datasets(SettingsReport report, JsonArray datasets)
    {
        var given = new JsonArray();
        foreach (var (i, dataset) in datasets.Index())
        {
            var own = new JsonObject();
            foreach (var setting in SettingsCatalog.All)
            {
                if (setting.Group == DataGroup && IsGiven(report, $"data[{i}].{setting.Name}")) own[setting.Name] = dataset![setting.Name]?.DeepClone();
                else if (dataset![setting.Group] is JsonObject inner && IsGiven(report, $"data[{i}].{setting.Path}")) Group(own, setting.Group)[setting.Name] = inner[setting.Name]?.DeepClone();
            }
            given.Add(own);
        }
        return given;
    }

    private static bool IsGiven(SettingsReport report, string path) => report.OriginOf(path).Kind != OriginKind.Default;

    private static JsonObject Group(JsonObject parent, string name)
    {
        if (parent[name] is JsonObject group) return group;
        var made = new JsonObject();
        parent[name] = made;
        return made;
    }
}
