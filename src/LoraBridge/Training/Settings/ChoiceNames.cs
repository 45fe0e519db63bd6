using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace LoraBridge.Training.Settings;

/// <summary>The names of choices: as they are written (the field's spelling) and as they may be read.</summary>
internal static class ChoiceNames
{
    /// <summary>The names of a choice's values as they are written.</summary>
    public static IReadOnlyList<string> Of(Type type) => [.. Fields(type).Select(Name)];

    /// <summary>The same, each with its meaning.</summary>
    public static IEnumerable<SettingChoice> Explained(Type type) => Fields(type).Select(field => new SettingChoice(Name(field), SettingMeanings.Of(field)));

    /// <summary>A value's name as it is written.</summary>
    public static string Of(object value) => Name(value.GetType().GetField(value.ToString()!)!);

    /// <summary>Finds a value by any of its names; upper case, lines, dots and spaces do not count.</summary>
    public static bool TryFind(Type type, string text, out object? value)
    {
        var wanted = NearestName.Normalize(text);
        var field = Fields(type).FirstOrDefault(field => Names(field).Any(name => NearestName.Normalize(name) == wanted));
        value = field?.GetValue(null);
        return field is not null;
    }

    /// <summary>Every spelling that can be read.</summary>
    public static IEnumerable<string> Spellings(Type type) => Fields(type).SelectMany(Names);

    private static FieldInfo[] Fields(Type type) => type.GetFields(BindingFlags.Public | BindingFlags.Static);

    private static IEnumerable<string> Names(FieldInfo field) =>
        [Name(field), field.Name, .. field.GetCustomAttribute<AlsoNamedAttribute>()?.Names ?? []];

    private static string Name(FieldInfo field) =>
        field.GetCustomAttribute<JsonStringEnumMemberNameAttribute>()?.Name ?? JsonNamingPolicy.SnakeCaseLower.ConvertName(field.Name);
}
