using System.Globalization;
using System.Text.Json;
using LoraBridge.Server.Errors;

namespace LoraBridge.Server.Sdapi.Wire;

/// <summary>Reads one value as leniently as the WebUI does, and says what is wrong in its words.</summary>
internal static class FieldValue
{
    private static readonly string[] s_yes = ["1", "on", "t", "true", "y", "yes"], s_no = ["0", "off", "f", "false", "n", "no"];

    /// <summary>The value of a field as long, double, bool, string, a list or a <see cref="JsonElement"/>.</summary>
    /// <param name="field">What is expected; the value is not null.</param>
    /// <param name="value">What is there.</param>
    /// <param name="loc">Where it stands.</param>
    /// <param name="faults">Told what is wrong; the result is then the field's default.</param>
    public static object? Read(Field field, JsonElement value, IReadOnlyList<object> loc, ICollection<FieldFault> faults)
    {
        object? read = field.Kind switch
        {
            FieldKind.Integer => Integer(value),
            FieldKind.Number => Number(value),
            FieldKind.Flag => Flag(value),
            FieldKind.Text => Text(value),
            FieldKind.Object => value.ValueKind == JsonValueKind.Object ? value : null,
            FieldKind.Texts => Texts(value, loc, faults),
            _ => value.ValueKind == JsonValueKind.Array ? List(field, value, loc, faults) : null,
        };
        if (read is null)
        {
            faults.Add(Wrong(field.Kind, loc));
            return field.Default;
        }
        if (Limit(field, read, loc) is not { } fault) return read;
        faults.Add(fault);
        return field.Default;
    }

    /// <summary>The fault of a value of the wrong kind.</summary>
    public static FieldFault Wrong(FieldKind kind, IReadOnlyList<object> loc) => kind switch
    {
        FieldKind.Integer => new(loc, "value is not a valid integer", "type_error.integer"),
        FieldKind.Number => new(loc, "value is not a valid float", "type_error.float"),
        FieldKind.Flag => new(loc, "value could not be parsed to a boolean", "type_error.bool"),
        FieldKind.Text => new(loc, "str type expected", "type_error.str"),
        FieldKind.Object => new(loc, "value is not a valid dict", "type_error.dict"),
        _ => new(loc, "value is not a valid list", "type_error.list"),
    };

    /// <summary>A whole number, or null.</summary>
    public static long? Integer(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number => value.TryGetInt64(out var whole) ? whole : Cut(value.GetDouble()),
        JsonValueKind.String => long.TryParse(value.GetString()!.Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) ? whole : null,
        JsonValueKind.True => 1,
        JsonValueKind.False => 0,
        _ => null,
    };

    /// <summary>A number, or null.</summary>
    public static double? Number(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number => value.GetDouble(),
        JsonValueKind.String => Number(value.GetString()!),
        JsonValueKind.True => 1,
        JsonValueKind.False => 0,
        _ => null,
    };

    /// <summary>A truth value, or null.</summary>
    public static bool? Flag(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        JsonValueKind.Number => value.GetDouble() switch { 0 => false, 1 => true, _ => null },
        JsonValueKind.String => Flag(value.GetString()!),
        _ => null,
    };

    /// <summary>A truth value in words, or null.</summary>
    public static bool? Flag(string word) =>
        s_yes.Contains(word, StringComparer.OrdinalIgnoreCase) ? true : s_no.Contains(word, StringComparer.OrdinalIgnoreCase) ? false : null;

    /// <summary>Text, or null.</summary>
    public static string? Text(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString(),
        JsonValueKind.Number => value.GetRawText(),
        JsonValueKind.True => "True",
        JsonValueKind.False => "False",
        _ => null,
    };

    private static double? Number(string text) =>
        double.TryParse(text.Trim(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) ? number
        : text.Trim().ToLowerInvariant() switch
        {
            "inf" or "+inf" => double.PositiveInfinity,
            "-inf" => double.NegativeInfinity,
            "nan" => double.NaN,
            _ => null,
        };

    private static long? Cut(double number) => Math.Abs(number) < long.MaxValue ? (long)number : null;

    private static List<string>? Texts(JsonElement value, IReadOnlyList<object> loc, ICollection<FieldFault> faults)
    {
        if (value.ValueKind != JsonValueKind.Array) return null;
        var texts = new List<string>();
        foreach (var (i, element) in value.EnumerateArray().Index())
        {
            if (Text(element) is { } text) texts.Add(text);
            else faults.Add(element.ValueKind == JsonValueKind.Null ? None([.. loc, i]) : Wrong(FieldKind.Text, [.. loc, i]));
        }
        return texts;
    }

    private static object List(Field field, JsonElement value, IReadOnlyList<object> loc, ICollection<FieldFault> faults)
    {
        if (field.Elements is not { } table) return value.EnumerateArray().ToList();
        return value.EnumerateArray().Index().Select(element => table.Read(element.Item, [.. loc, element.Index], faults)).ToList();
    }

    private static FieldFault None(IReadOnlyList<object> loc) => new(loc, "none is not an allowed value", "type_error.none.not_allowed");

    private static FieldFault? Limit(Field field, object value, IReadOnlyList<object> loc)
    {
        if (field.OneOf.Count > 0 && value is long chosen && !field.OneOf.Contains(chosen))
            return new(loc, $"unexpected value; permitted: {string.Join(", ", field.OneOf)}", "value_error.const", new Dictionary<string, object> { ["given"] = chosen, ["permitted"] = field.OneOf });

        var number = value switch { long whole => whole, double real => real, _ => double.NaN };
        return number < field.AtLeast ? Passed("greater than or equal to", "not_ge", field.AtLeast.Value)
            : number <= field.Above ? Passed("greater than", "not_gt", field.Above.Value)
            : number > field.AtMost ? Passed("less than or equal to", "not_le", field.AtMost.Value)
            : null;

        FieldFault Passed(string relation, string type, double limit) =>
            new(loc, $"ensure this value is {relation} {limit:0.##}", $"value_error.number.{type}", new Dictionary<string, object> { ["limit_value"] = (long)limit });
    }
}
