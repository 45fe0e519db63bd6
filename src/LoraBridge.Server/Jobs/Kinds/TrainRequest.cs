using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using LoraBridge.Training.Settings;

namespace LoraBridge.Server.Jobs.Kinds;

/// <summary>
/// The request of a training: <c>settings</c> in anybody's vocabulary, on top of a <c>preset</c>; <c>varied</c> holds what a sweep chose and
/// <c>extended</c> what made the run longer. Where its files lie and where it goes on from is not the request's to say.
/// </summary>
internal static class TrainRequest
{
    private const string ModelPath = "model.path";

    private static readonly string[] s_parts = ["preset", "settings", "varied", "extended"];

    /// <summary>Reads it; problems stand in the report.</summary>
    /// <param name="draft">The job it is of.</param>
    /// <param name="defaults">What the request leaves open.</param>
    /// <exception cref="JobException">It is not of this form.</exception>
    public static SettingsReport Read(JobDraft draft, JobDefaults defaults)
    {
        if (draft.Request.Select(part => part.Key).FirstOrDefault(key => !s_parts.Contains(key)) is { } unknown)
            throw JobException.Invalid(unknown, $"A training's request has no field '{unknown}'. It has {string.Join(", ", s_parts)}; what is to be trained stands in settings.");
        return TrainingSettings.Read(Sources(draft, defaults), defaults.SizeOf);
    }

    /// <summary>The options with all files in their places, if there is nothing wrong with them.</summary>
    /// <exception cref="JobException">Settings are wrong or missing; all of them are named.</exception>
    public static TrainingOptions Options(SettingsReport report, RequestFiles files)
    {
        IReadOnlyList<SettingsProblem> problems = report.HasErrors ? report.Problems : [.. report.Problems, .. SettingsRules.Missing(report.Options)];
        var errors = problems.Where(problem => problem.Severity == Severity.Error).ToList();
        if (errors.Count == 0) return files.Found(report.Options);              // before the job waits for its turn all night
        throw JobException.Invalid(errors
            .SelectMany(problem => problem.Settings.DefaultIfEmpty("settings"), (problem, setting) => (setting, problem.Message))
            .GroupBy(pair => pair.setting, pair => pair.Message)
            .ToDictionary(group => group.Key, group => group.Distinct().ToArray()));
    }

    /// <summary>Writes down the model that a request leaves open, so that the run goes on with the same one whatever is drawn with later.</summary>
    public static JsonObject WithModel(JsonObject request, SettingsReport report)
    {
        if (report.OriginOf(ModelPath).Kind != OriginKind.Dialect || report.Draft.Model.Path is not { Length: > 0 } model) return request;
        var whole = request.DeepClone().AsObject();
        if (whole["settings"] is not JsonObject settings) whole["settings"] = settings = [];
        settings[ModelPath] = model;
        return whole;
    }

    /// <summary>Makes the run longer than its settings say.</summary>
    public static JsonObject Longer(JobDraft draft, MoreWork more, TrainingOptions options)
    {
        if (more.Steps is not null && options.Loop.Epochs is not null) throw JobException.Invalid("steps", "The run counts epochs: give epochs.");
        if (more.Epochs is not null && options.Loop is { Epochs: null, Steps: not null }) throw JobException.Invalid("epochs", "The run counts steps: give steps.");
        if (more.Steps is not null && options.Loop.Steps is null) throw JobException.Invalid("steps", "The run counts epochs: give epochs.");
        var longer = draft.Request.DeepClone().AsObject();
        longer["extended"] = more.Epochs is { } epochs
            ? new JsonObject { ["loop.epochs"] = (options.Loop.Epochs ?? LoopOptions.DefaultEpochs) + epochs }
            : new JsonObject { ["loop.steps"] = options.Loop.Steps + more.Steps };
        return longer;
    }

    private static IEnumerable<SettingsSource> Sources(JobDraft draft, JobDefaults open)
    {
        var name = SafeName(draft.Name);
        var defaults = new Dictionary<string, string> { ["saving.name"] = name.Length > 0 ? name : draft.Id };
        if (open.Model is { } model) defaults[ModelPath] = model;
        if (open.Device is { } device) defaults["precision.device"] = device;
        yield return SettingsSource.Fallback("the server's own", defaults);
        if (draft.Request["preset"] is { } preset) yield return SettingsSource.Preset(preset.ToString());
        if (draft.Request["settings"] is { } settings) yield return SettingsSource.Text(settings.ToJsonString(), "settings", SettingsFormat.Json, followsFiles: false);
        foreach (var part in (string[])["varied", "extended"])
            if (draft.Request[part] is JsonObject { Count: > 0 } values) yield return SettingsSource.Arguments([.. values.Select(value => $"{value.Key}={Text(value.Value)}")], followsFiles: false);
        // a state of an earlier start in the job's own folder, whatever ended it; where there is none the run begins
        yield return SettingsSource.Arguments([$"saving.folder={draft.Folder}", "loop.resume=latest"]);
    }

    private static string Text(JsonNode? value) => value switch
    {
        null => "none",
        JsonArray list => "[" + string.Join(", ", list.Select(Text)) + "]",
        JsonValue scalar when scalar.GetValueKind() is JsonValueKind.True or JsonValueKind.False => scalar.ToJsonString(),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    private static string SafeName(string name) => string.Concat(name.Select(sign => char.IsLetterOrDigit(sign) || sign is '.' or '-' or '_' or '=' ? sign : '_')).Trim('_', '.');
}
