using LoraBridge.Diffusion.Models;
using LoraBridge.Training.Settings.Reading;

namespace LoraBridge.Training.Settings;

/// <summary>Reads training settings from sources, each of which goes before those that stand earlier.</summary>
public static class TrainingSettings
{
    private const int MaximumSources = 16;

    /// <summary>Reads sources in the tutorials', kohya's or our own words; nothing is thrown for what they say, everything is reported.</summary>
    public static SettingsReport Read(params IEnumerable<SettingsSource> sources) => Read(sources, _ => null);

    /// <summary>The same, with sizes as the base model was made for where nobody gives any.</summary>
    /// <param name="sources">The sources.</param>
    /// <param name="sizeOf">The size of a model by what the settings call it, such as <see cref="TrainedSize.OfFile"/>; null where nothing is known.</param>
    public static SettingsReport Read(IEnumerable<SettingsSource> sources, Func<string, TrainedSize?> sizeOf)
    {
        ArgumentNullException.ThrowIfNull(sources);
        ArgumentNullException.ThrowIfNull(sizeOf);
        var problems = new List<SettingsProblem>();
        var layers = new List<Layer>();
        foreach (var source in sources) ReadSource(source, layers, problems, depth: 0);

        var run = KohyaDialect.DefaultsFor(layers);
        foreach (var layer in layers) run.Overlay(layer.Run.All);
        KohyaDialect.NameLoCon(run, layers, problems);
        TutorialDialect.DoubleAlpha(run, problems);
        if (run.Find("model.path")?.Value is string { Length: > 0 } model && sizeOf(model) is { } size) ModelDialect.FitTo(size, run);

        var datasets = Datasets(layers, run, problems);
        var options = OptionsBuilder.Build(run, datasets);
        var origins = Origins(run, datasets);
        problems.AddRange(SettingsRules.Check(options, path => origins.GetValueOrDefault(path, SettingOrigin.Default)));
        return new(options, origins, problems);
    }

    private static void ReadSource(SettingsSource source, List<Layer> layers, List<SettingsProblem> problems, int depth)
    {
        RawMap root;
        try
        {
            root = source.Read();
        }
        catch (SourceSyntaxException error)
        {
            problems.AddRange(error.Errors.Select(part => new SettingsProblem(Severity.Error, part.Message, part.Place.ToString(), [])));
            return;
        }
        var layer = new SourceInterpreter(problems, source.AnyGroup).Read(root);
        if (!source.FollowsFiles && layer.Includes.Count > 0)
        {
            problems.AddRange(layer.Includes.Select(include => new SettingsProblem(Severity.Warning, $"The file {include.Path} that is named here is not read: bring its settings along as well.", include.Place.ToString(), [])));
            layer.Includes.Clear();
        }
        if (depth >= MaximumSources && layer.Includes.Count > 0)
        {
            problems.Add(new(Severity.Error, "Files that name each other as settings never end.", layer.Includes[0].Place.ToString(), []));
            return;
        }
        // settings that a source names stand below it, data sets above it, as in kohya's programs
        foreach (var (path, _, _) in layer.Includes.Where(include => !include.IsDatasets)) ReadSource(SettingsSource.File(Found(path, source)), layers, problems, depth + 1);
        layers.Add(layer);
        foreach (var (path, _, _) in layer.Includes.Where(include => include.IsDatasets)) ReadSource(SettingsSource.File(Found(path, source)), layers, problems, depth + 1);
    }

    private static string Found(string path, SettingsSource source) =>
        source.Folder is { } folder && !File.Exists(path) && File.Exists(Path.Combine(folder, path)) ? Path.Combine(folder, path) : path;

    // the last source with data sets counts; pictures and regularisation pictures given by flat keys are data sets too
    private static List<Assignments> Datasets(List<Layer> layers, Assignments run, List<SettingsProblem> problems)
    {
        var listed = layers.LastOrDefault(layer => layer.Datasets.Count > 0)?.Datasets ?? [];
        var regularisation = layers.LastOrDefault(layer => layer.Regularisation is not null)?.Regularisation;
        var folder = run.Find("data.folder");
        if (folder is not null && listed.Count > 0)
        {
            problems.Add(new(Severity.Warning, $"{folder.Origin.Key} is left out, because data sets are listed ({listed[0].Find("data.folder")!.Origin.Place}).", folder.Origin.Place, ["data.folder"]));
            return listed;
        }
        var flat = new List<Assignments>();
        if (folder is not null)
        {
            var main = new Assignments();
            main.Add(folder);
            flat.Add(main);
        }
        if (regularisation is not null && listed.Count == 0) flat.Add(regularisation);
        return listed.Count > 0 ? listed : flat;
    }

    private static Dictionary<string, SettingOrigin> Origins(Assignments run, List<Assignments> datasets)
    {
        var origins = run.All.Where(value => value.Setting.Group != SettingsCatalog.DataGroup).ToDictionary(value => value.Setting.Path, value => value.Origin, StringComparer.Ordinal);
        for (var i = 0; i < datasets.Count; i++)
        {
            foreach (var value in run.All.Where(value => value.Setting.Group == SettingsCatalog.DataGroup).Concat(datasets[i].All))
                origins[PathOf(value.Setting, i)] = value.Origin;
        }
        return origins;
    }

    internal static string PathOf(Setting setting, int dataset) =>
        setting.Group == SettingsCatalog.DataGroup ? $"data[{dataset}].{setting.Name}" : $"data[{dataset}].{setting.Path}";
}
