using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace LoraBridge.Training.Settings;

/// <summary>Values as Python's <c>str()</c> prints them, which readers of LoRA metadata expect.</summary>
public static class PythonFormat
{
    /// <summary><c>True</c> or <c>False</c>.</summary>
    public static string Of(bool value) => value ? "True" : "False";

    /// <summary>The digits, or <c>None</c>.</summary>
    public static string Of(long? value) => value?.ToString(CultureInfo.InvariantCulture) ?? "None";

    /// <summary>The text, or <c>None</c>.</summary>
    public static string Of(string? value) => value ?? "None";

    /// <summary>The shortest digits that read back, with an exponent below 1e-4 and from 1e16 on (<c>1e-05</c>, <c>1.0</c>); <c>None</c> for null.</summary>
    public static string Of(double? value)
    {
        if (value is not { } number) return "None";
        if (double.IsNaN(number)) return "nan";
        if (double.IsInfinity(number)) return number > 0 ? "inf" : "-inf";
        if (number is 0) return double.IsNegative(number) ? "-0.0" : "0.0";

        // d.ddde±xxx, shortest digits that read back
        var text = Enumerable.Range(0, 17).Select(digits => number.ToString($"E{digits}", CultureInfo.InvariantCulture))
            .First(digits => double.Parse(digits, CultureInfo.InvariantCulture) == number);
        var mark = text.IndexOf('E', StringComparison.Ordinal);
        var exponent = int.Parse(text[(mark + 1)..], CultureInfo.InvariantCulture);
        if (exponent is < -4 or >= 16) return $"{text[..mark]}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}";
        // digits are d or d.ddd, perhaps after a minus
        var after = Math.Max(0, mark - text.IndexOf('.', StringComparison.Ordinal) - 1) * (text.Contains('.', StringComparison.Ordinal) ? 1 : 0);
        return number.ToString($"F{Math.Max(1, after - exponent)}", CultureInfo.InvariantCulture);
    }

    /// <summary>A tuple: <c>(512, 512)</c>.</summary>
    public static string Tuple(params IReadOnlyList<long> values) => $"({string.Join(", ", values)}{(values.Count == 1 ? "," : "")})";

    /// <summary>JSON as Python writes it: <c>", "</c> and <c>": "</c> between, everything beyond ASCII escaped.</summary>
    public static string Json(IEnumerable<KeyValuePair<string, string>> values) =>
        "{" + string.Join(", ", values.Select(pair => $"{JsonText(pair.Key)}: {JsonText(pair.Value)}")) + "}";

    /// <summary>Any JSON in the same print.</summary>
    public static string Json(JsonNode? node) => node switch
    {
        JsonObject fields => "{" + string.Join(", ", fields.Select(field => $"{JsonText(field.Key)}: {Json(field.Value)}")) + "}",
        JsonArray items => "[" + string.Join(", ", items.Select(Json)) + "]",
        JsonValue value when value.TryGetValue<string>(out var text) => JsonText(text),
        JsonValue value when value.TryGetValue<double>(out var number) && value.GetValueKind() == JsonValueKind.Number && !value.TryGetValue<int>(out _) => Of(number),
        null => "null",
        _ => node.ToJsonString(),
    };

    private static string JsonText(string text) => "\"" + string.Concat(text.Select(letter => letter switch
    {
        '"' => "\\\"",
        '\\' => @"\\",
        '\n' => "\\n",
        '\r' => "\\r",
        '\t' => "\\t",
        '\b' => "\\b",
        '\f' => "\\f",
        < ' ' or > '~' => $"\\u{(int)letter:x4}",
        _ => letter.ToString(),
    })) + "\"";
}
