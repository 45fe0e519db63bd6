using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using LoraBridge.Training.Settings;

namespace LoraBridge.Server.Presets;

/// <summary>Writes settings as files that every reader of settings here reads back.</summary>
internal static class SettingsFiles
{
    private static readonly JsonSerializerOptions s_json = new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>YAML, each value under a comment with its meaning.</summary>
    public static string Yaml(JsonObject settings) => SettingsTemplate.Write(SettingsWords.Read(settings).Draft, onlyChanged: true);

    /// <summary>JSON by group and name.</summary>
    public static string Json(JsonObject settings) => settings.ToJsonString(s_json) + "\n";

    /// <summary>TOML, a table a group. What is none is left out, for TOML has no word for it.</summary>
    public static string Toml(JsonObject settings)
    {
        var text = new StringBuilder();
        foreach (var (group, value) in settings)
        {
            if (value is JsonArray datasets) foreach (var dataset in datasets.OfType<JsonObject>()) Table(text, $"[[{group}]]", dataset);
            else if (value is JsonObject table) Table(text, $"[{group}]", table);
        }
        return text.ToString();
    }

    private static void Table(StringBuilder text, string head, JsonObject table)
    {
        text.Append(head).Append('\n');
        foreach (var (name, value) in table)
            if (value is not null) text.Append(name).Append(" = ").Append(Value(value)).Append('\n');
        text.Append('\n');
    }

    private static string Value(JsonNode? value) => value switch
    {
        JsonArray list => "[" + string.Join(", ", list.Select(Value)) + "]",
        JsonObject table => "{ " + string.Join(", ", table.Select(pair => $"{Quoted(pair.Key)} = {Value(pair.Value)}")) + " }",
        JsonValue number when number.GetValueKind() == JsonValueKind.Number => Number(number.ToJsonString()),
        JsonValue text when text.GetValueKind() == JsonValueKind.String => Quoted(text.GetValue<string>()),
        _ => value?.ToJsonString() ?? "\"\"",
    };

    // TOML wants digits on both sides of a point, and knows 5e-05 as JSON writes it
    private static string Number(string json) => double.TryParse(json, NumberStyles.Float, CultureInfo.InvariantCulture, out _) ? json.ToLowerInvariant() : Quoted(json);

    private static string Quoted(string text) => "\"" + string.Concat(text.Select(Escaped)) + "\"";

    private static string Escaped(char letter) => letter switch
    {
        '"' => "\\\"",
        '\\' => @"\\",
        '\n' => "\\n",
        '\t' => "\\t",
        '\r' => "\\r",
        < ' ' or '\u007f' => $"\\u{(int)letter:x4}",
        _ => letter.ToString(),
    };
}
