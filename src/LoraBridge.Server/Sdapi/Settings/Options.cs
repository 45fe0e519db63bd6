using System.Globalization;
using System.Text.Json;
using LoraBridge.Server.Sdapi.Wire;

namespace LoraBridge.Server.Sdapi.Settings;

/// <summary>The settings' values at one moment, with changes for one job laid over them.</summary>
/// <param name="values">What differs from the defaults, by key; JSON values as they were sent, for nothing checks their kind.</param>
internal sealed class Options(IReadOnlyDictionary<string, JsonElement> values)
{
    /// <summary>What differs from the defaults.</summary>
    public IReadOnlyDictionary<string, JsonElement> Values => values;

    /// <summary>These with others laid over them.</summary>
    public Options With(IEnumerable<KeyValuePair<string, JsonElement>> changes)
    {
        var merged = new Dictionary<string, JsonElement>(values, StringComparer.Ordinal);
        foreach (var (key, value) in changes) merged[key] = value;
        return new(merged);
    }

    /// <summary>A value as clients read it.</summary>
    public object? Shown(Setting setting) => setting.Shown(values.TryGetValue(setting.Name, out var value) ? value : setting.Default);

    /// <summary>A value of a setting that is text; its default where something else was stored.</summary>
    public string? Text(string name) => Value(name) is { } value && FieldValue.Text(value) is { } text ? text : Default(name) as string;

    public bool Flag(string name) => Value(name) is { } value && FieldValue.Flag(value) is { } flag ? flag : (bool)Default(name)!;

    public double Number(string name) => Value(name) is { } value && FieldValue.Number(value) is { } number ? number : Convert.ToDouble(Default(name), CultureInfo.InvariantCulture);

    public int Count(string name) => (int)Math.Clamp(Number(name), int.MinValue, int.MaxValue);

    /// <summary>A list of texts; empty where something else was stored.</summary>
    public IReadOnlyList<string> Texts(string name) =>
        Value(name) is { ValueKind: JsonValueKind.Array } list ? [.. list.EnumerateArray().Select(FieldValue.Text).OfType<string>()] : (string[]?)Default(name) ?? [];

    /// <summary>Whether a number differs from its default.</summary>
    public double? NumberIfChanged(string name) => Number(name) is var number && number != Convert.ToDouble(Default(name), CultureInfo.InvariantCulture) ? number : null;

    private JsonElement? Value(string name) => values.TryGetValue(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private static object? Default(string name) => (SettingTable.Find(name) ?? throw new ArgumentException($"There is no setting '{name}'.", nameof(name))).Default;
}
