using System.Reflection;
using LoraBridge.Training.Data;

namespace LoraBridge.Training.Settings;

/// <summary>Every setting there is, found on the option records.</summary>
public static class SettingsCatalog
{
    /// <summary>The group of data sets, of which a run has several.</summary>
    internal const string DataGroup = "data";

    /// <summary>All settings, in the order of the records; those of the group <c>data</c> stand once for every data set.</summary>
    public static IReadOnlyList<Setting> All { get; } = [.. Find()];

    /// <summary>The groups, in the order of <see cref="TrainingOptions"/>.</summary>
    public static IReadOnlyList<string> Groups { get; } = [.. All.Select(setting => setting.Group).Distinct()];

    private static readonly Dictionary<string, Setting> s_byPath = All.ToDictionary(setting => setting.Path, StringComparer.Ordinal);

    /// <summary>A setting by its full name.</summary>
    /// <exception cref="KeyNotFoundException">There is none of that name.</exception>
    public static Setting Get(string path) =>
        s_byPath.TryGetValue(path, out var setting) ? setting : throw new KeyNotFoundException($"No setting is called {path}.");

    /// <summary>What a group is about, in a sentence.</summary>
    /// <exception cref="KeyNotFoundException">There is none of that name.</exception>
    public static string MeaningOf(string group) =>
        Groups.Contains(group) ? SettingMeanings.Of(GroupProperty(group)) : throw new KeyNotFoundException($"No group of settings is called {group}.");

    /// <summary>The value of a setting of the run, or of the group's record of a data set.</summary>
    internal static object? ValueOf(Setting setting, TrainingOptions options) => setting.Property.GetValue(GroupOf(setting.Group, options));

    internal static object GroupOf(string group, TrainingOptions options) => GroupProperty(group).GetValue(options)!;

    internal static PropertyInfo GroupProperty(string group) =>
        typeof(TrainingOptions).GetProperties().First(property => Setting.NameOf(property) == group);

    private static IEnumerable<Setting> Find()
    {
        var defaults = new TrainingOptions();
        foreach (var group in typeof(TrainingOptions).GetProperties())
        {
            var name = Setting.NameOf(group);
            var owner = name == DataGroup ? new DatasetOptions { Folder = "" } : group.GetValue(defaults)!;
            foreach (var property in owner.GetType().GetProperties().Where(property => property.CanWrite && !IsGroup(property)))
                yield return new(name, property, owner);
        }
    }

    private static bool IsGroup(PropertyInfo property) => property.PropertyType == typeof(CaptionOptions) || property.PropertyType == typeof(AugmentationOptions);
}
