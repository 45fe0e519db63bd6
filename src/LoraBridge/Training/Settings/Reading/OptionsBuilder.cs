using LoraBridge.Training.Data;

namespace LoraBridge.Training.Settings.Reading;

/// <summary>Makes the options record of assigned values; the records' own defaults stand for the rest.</summary>
internal static class OptionsBuilder
{
    private static readonly string[] s_nested = ["captions", "augmentation"];

    /// <summary>Builds the options.</summary>
    /// <param name="run">The run's values; those of the group data count for every data set but for its folder.</param>
    /// <param name="datasets">Each data set's own values.</param>
    public static TrainingOptions Build(Assignments run, IReadOnlyList<Assignments> datasets)
    {
        var options = new TrainingOptions();
        foreach (var assignment in run.All.Where(assignment => assignment.Setting.Group != SettingsCatalog.DataGroup))
            assignment.Setting.Property.SetValue(SettingsCatalog.GroupOf(assignment.Setting.Group, options), assignment.Value);
        return options with { Data = [.. datasets.Select(values => Dataset(values, run, options))] };
    }

    private static DatasetOptions Dataset(Assignments own, Assignments run, TrainingOptions options)
    {
        var dataset = new DatasetOptions { Folder = "" };
        foreach (var assignment in run.All.Concat(own.All).Where(assignment => assignment.Setting.Group == SettingsCatalog.DataGroup))
            assignment.Setting.Property.SetValue(dataset, assignment.Value);
        return dataset with
        {
            Captions = own.All.Any(value => value.Setting.Group == s_nested[0]) ? Changed(options.Captions with { }, own) : null,
            Augmentation = own.All.Any(value => value.Setting.Group == s_nested[1]) ? Changed(options.Augmentation with { }, own) : null,
        };
    }

    private static T Changed<T>(T copy, Assignments own)
        where T : class
    {
        foreach (var assignment in own.All.Where(assignment => assignment.Setting.Property.DeclaringType == typeof(T)))
            assignment.Setting.Property.SetValue(copy, assignment.Value);
        return copy;
    }
}
