using System.Text.Json;
using System.Text.Json.Nodes;

namespace LoraBridge.Server.Tests.OpenApi;

/// <summary>
/// Compares a JSON value with a schema of a description: the words of JSON Schema that ours use, and one rule more, by which a member that
/// nothing describes is a fault also where a schema allows it.
/// </summary>
internal sealed class SchemaCheck(Description description)
{
    private readonly List<string> _faults = [];

    /// <summary>What is wrong with a value, each with its place; empty for nothing.</summary>
    public static IReadOnlyList<string> Faults(Description description, JsonNode? schema, JsonNode? value)
    {
        var check = new SchemaCheck(description);
        check.Check(schema, value, "$");
        return check._faults;
    }

    private void Check(JsonNode? schema, JsonNode? value, string place)
    {
        if (schema is not JsonObject given) return;                              // true, or nothing
        var rule = description.Resolve(given);
        if (rule["oneOf"] is JsonArray one) Choose(rule, one, value, place, exactly: true);
        if (rule["anyOf"] is JsonArray any) Choose(rule, any, value, place, exactly: false);
        foreach (var part in rule["allOf"]?.AsArray() ?? []) Check(part, value, place);
        if (rule["type"] is { } type && !Types(type).Any(name => Is(name, value)))
        {
            _faults.Add($"{place} is {value?.ToJsonString() ?? "null"}, not {string.Join(" or ", Types(type))}");
            return;
        }
        if (rule["const"] is { } wanted && !JsonNode.DeepEquals(wanted, value)) _faults.Add($"{place} is {value?.ToJsonString()}, not {wanted.ToJsonString()}");
        if (value is not null && rule["enum"] is JsonArray words && !words.Any(word => JsonNode.DeepEquals(word, value))) _faults.Add($"{place} is {value.ToJsonString()}, none of {words.ToJsonString()}");
        if (value is JsonObject members) CheckMembers(rule, members, place);
        else if (value is JsonArray list)
        {
            if (rule["maxItems"] is { } most && list.Count > most.GetValue<int>()) _faults.Add($"{place} has {list.Count} items");
            foreach (var (i, item) in list.Index()) Check(rule["items"], item, $"{place}[{i}]");
        }
        else if (value is JsonValue scalar) CheckScalar(rule, scalar, place);
    }

    private void CheckMembers(JsonObject rule, JsonObject members, string place)
    {
        foreach (var name in rule["required"]?.AsArray() ?? [])
            if (!members.ContainsKey(name!.GetValue<string>())) _faults.Add($"{place} has no {name}");
        if (rule["properties"] is null && rule["additionalProperties"] is null) return;
        foreach (var (name, value) in members)
        {
            if (rule["properties"]?[name] is { } known) Check(known, value, $"{place}.{name}");
            else if (rule["additionalProperties"] is JsonObject others) Check(others, value, $"{place}.{name}");
            else if (rule["additionalProperties"]?.GetValueKind() != JsonValueKind.True) _faults.Add($"{place}.{name} is described nowhere");
        }
    }

    private void CheckScalar(JsonObject rule, JsonValue scalar, string place)
    {
        if (scalar.GetValueKind() == JsonValueKind.Number)
        {
            var number = scalar.GetValue<double>();
            if (rule["minimum"] is { } least && number < least.GetValue<double>()) _faults.Add($"{place} is {number}, less than {least}");
            if (rule["exclusiveMinimum"] is { } above && number <= above.GetValue<double>()) _faults.Add($"{place} is {number}, not above {above}");
            if (rule["maximum"] is { } most && number > most.GetValue<double>()) _faults.Add($"{place} is {number}, more than {most}");
        }
        else if (scalar.GetValueKind() == JsonValueKind.String)
        {
            var text = scalar.GetValue<string>();
            if (rule["maxLength"] is { } longest && text.Length > longest.GetValue<int>()) _faults.Add($"{place} has {text.Length} signs");
            if (rule["format"]?.GetValue<string>() == "date-time" && !DateTimeOffset.TryParse(text, out _)) _faults.Add($"{place} is '{text}', no time");
        }
    }

    /// <summary>A discriminator names the one that is meant, whose faults are then told; else at least one must have none.</summary>
    private void Choose(JsonObject rule, JsonArray choices, JsonNode? value, string place, bool exactly)
    {
        if (rule["discriminator"] is { } tell && value?[tell["propertyName"]!.GetValue<string>()]?.ToString() is { } word)
        {
            if (tell["mapping"]?[word] is { } reference) Check(new JsonObject { ["$ref"] = reference.DeepClone() }, value, place);
            else _faults.Add($"{place} is of the kind {word}, of which nothing is known");
            return;
        }
        var results = choices.Select(choice => Faults(description, choice, value)).ToList();
        var fits = results.Count(faults => faults.Count == 0);
        if (fits == 0) _faults.AddRange(results.MinBy(faults => faults.Count)!.Select(fault => place + fault[1..]));
        else if (exactly && fits > 1) _faults.Add($"{place} fits {fits} of the choices");
    }

    private static IEnumerable<string> Types(JsonNode type) => type is JsonArray several ? several.Select(one => one!.GetValue<string>()) : [type.GetValue<string>()];

    private static bool Is(string type, JsonNode? value) => (type, value?.GetValueKind() ?? JsonValueKind.Null) switch
    {
        ("null", JsonValueKind.Null) or ("object", JsonValueKind.Object) or ("array", JsonValueKind.Array) or ("string", JsonValueKind.String) => true,
        ("boolean", JsonValueKind.True or JsonValueKind.False) or ("number", JsonValueKind.Number) => true,
        ("integer", JsonValueKind.Number) => double.IsInteger(value!.GetValue<double>()),
        _ => false,
    };
}
