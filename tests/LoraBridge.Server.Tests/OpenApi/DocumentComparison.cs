using System.Text.Json.Nodes;

namespace LoraBridge.Server.Tests.OpenApi;

/// <summary>Finds what of a new description breaks a client that was written for an old one.</summary>
internal sealed class DocumentComparison(Description old, Description now)
{
    private readonly SortedSet<string> _breaks = new(StringComparer.Ordinal);
    private readonly HashSet<(string, string, bool)> _seen = [];

    /// <summary>What breaks, a sentence each; empty for nothing.</summary>
    public static IReadOnlyList<string> Breaks(Description old, Description now)
    {
        var comparison = new DocumentComparison(old, now);
        foreach (var operation in old.Operations) comparison.Compare(operation);
        return [.. comparison._breaks];
    }

    private void Compare(Operation before)
    {
        var place = $"{before.Method} {before.Path}";
        if (now.Operations.FirstOrDefault(operation => operation.Method == before.Method && operation.Path == before.Path) is not { } after)
        {
            _breaks.Add($"{place}: the operation is gone.");
            return;
        }
        CompareParameters(place, before.Node, after.Node);
        CompareBodies(place, before.Node["requestBody"]?.AsObject(), after.Node["requestBody"]?.AsObject());
        var answers = now.Answers(after);
        foreach (var (status, answer) in old.Answers(before))
        {
            if (!answers.TryGetValue(status, out var same)) _breaks.Add($"{place}: the answer {status} is gone.");
            else CompareContents($"{place}, answer {status}", answer["content"]?.AsObject(), same["content"]?.AsObject(), isSent: false);
        }
    }

    private void CompareParameters(string place, JsonObject before, JsonObject after)
    {
        var (all, others) = (Parameters(before), Parameters(after));
        foreach (var (key, parameter) in all)
        {
            if (!others.TryGetValue(key, out var same)) _breaks.Add($"{place}: the parameter {key} is gone.");
            else CompareSchemas($"{place}, parameter {key}", parameter["schema"], same["schema"], isSent: true);
        }
        foreach (var (key, parameter) in others)
            if (IsTrue(parameter["required"]) && !IsTrue(all.GetValueOrDefault(key)?["required"])) _breaks.Add($"{place}: the parameter {key} must be given now.");
    }

    private void CompareBodies(string place, JsonObject? before, JsonObject? after)
    {
        if (before is not null && after is null) _breaks.Add($"{place}: it takes no body any more.");
        if (IsTrue(after?["required"]) && !IsTrue(before?["required"])) _breaks.Add($"{place}: a body must be sent now.");
        if (before is not null && after is not null) CompareContents($"{place}, request", before["content"]?.AsObject(), after["content"]?.AsObject(), isSent: true);
    }

    private void CompareContents(string place, JsonObject? before, JsonObject? after, bool isSent)
    {
        foreach (var (type, content) in before ?? [])
        {
            if (after?[type] is not { } same) _breaks.Add($"{place}: the content {type} is gone.");
            else CompareSchemas(place, content!["schema"], same["schema"], isSent);
        }
    }

    private void CompareSchemas(string place, JsonNode? before, JsonNode? after, bool isSent)
    {
        if (before is null || after is null) return;
        // a schema that contains itself, or is used in many places, is compared once in each direction
        if (before["$ref"] is { } one && after["$ref"] is { } other && !_seen.Add((one.ToString(), other.ToString(), isSent))) return;
        var name = before["$ref"]?.ToString().Split('/')[^1] is { } named ? named : place;
        var (was, will) = (old.Resolve(before), now.Resolve(after));
        CompareTypes(name, was, will, isSent);
        CompareWords(name, was["enum"]?.AsArray(), will["enum"]?.AsArray(), isSent);
        if (was["const"] is { } value && !JsonNode.DeepEquals(value, will["const"])) _breaks.Add($"{name}: it is not {value.ToJsonString()} any more.");
        CompareFields(name, was, will, isSent);
        CompareSchemas($"{name}[]", was["items"], will["items"], isSent);
        CompareSchemas($"{name}.*", was["additionalProperties"] as JsonObject, will["additionalProperties"] as JsonObject, isSent);
        CompareChoices(name, was, will, isSent);
    }

    private void CompareFields(string name, JsonObject was, JsonObject will, bool isSent)
    {
        var (required, nowRequired) = (Words(was["required"]), Words(will["required"]));
        foreach (var (field, schema) in was["properties"]?.AsObject() ?? [])
        {
            if (will["properties"]?[field] is not { } same) _breaks.Add($"{name}.{field}: the field is gone.");
            else CompareSchemas($"{name}.{field}", schema, same, isSent);
            if (!isSent && required.Contains(field) && !nowRequired.Contains(field) && will["properties"]?[field] is not null) _breaks.Add($"{name}.{field}: it may be missing from answers now.");
        }
        if (isSent) foreach (var field in nowRequired.Except(required)) _breaks.Add($"{name}.{field}: it must be given now.");
    }

    private void CompareTypes(string name, JsonObject was, JsonObject will, bool isSent)
    {
        var (types, others) = (Types(was), Types(will));
        if (types.Count == 0 || others.Count == 0) return;
        // a whole number is a number: who sends one may, and who reads numbers reads it
        if (isSent ? others.Contains("number") : types.Contains("number")) (isSent ? others : types).Add("integer");
        if (isSent ? types.IsSubsetOf(others) : others.IsSubsetOf(types)) return;
        _breaks.Add($"{name}: its type was {string.Join(" or ", Types(was).Order())}, and is {string.Join(" or ", Types(will).Order())}.");
    }

    private void CompareWords(string name, JsonArray? was, JsonArray? will, bool isSent)
    {
        if (isSent && was is null && will is not null) _breaks.Add($"{name}: only {will.ToJsonString()} are taken now.");
        foreach (var word in was ?? [])
            if (will is not null && !will.Any(other => JsonNode.DeepEquals(word, other))) _breaks.Add($"{name}: the value {word?.ToJsonString() ?? "null"} is gone.");
    }

    /// <summary>Choices are told apart by what they are called; who sends one must still be able to, who reads them finds them under the same names.</summary>
    private void CompareChoices(string name, JsonObject was, JsonObject will, bool isSent)
    {
        foreach (var word in (string[])["oneOf", "anyOf"])
        {
            if (was[word] is not JsonArray choices) continue;
            foreach (var (i, choice) in choices.Index())
            {
                var same = choice!["$ref"] is { } reference
                    ? will[word]?.AsArray().FirstOrDefault(other => JsonNode.DeepEquals(other!["$ref"], reference))
                    : will[word]?.AsArray().ElementAtOrDefault(i);
                if (same is null) _breaks.Add($"{name}: the choice {choice["$ref"]?.ToString().Split('/')[^1] ?? $"{i}"} is gone.");
                else CompareSchemas($"{name}({i})", choice, same, isSent);
            }
        }
    }

    private static Dictionary<string, JsonObject> Parameters(JsonObject operation) =>
        operation["parameters"]?.AsArray().ToDictionary(parameter => $"{parameter!["name"]} ({parameter["in"]})", parameter => parameter!.AsObject()) ?? [];

    private static HashSet<string> Types(JsonObject schema) => schema["type"] switch
    {
        null => [],
        JsonArray several => [.. several.Select(type => type!.GetValue<string>())],
        var one => [one.GetValue<string>()],
    };

    private static HashSet<string> Words(JsonNode? list) => [.. list?.AsArray().Select(word => word!.GetValue<string>()) ?? []];

    private static bool IsTrue(JsonNode? node) => node?.GetValue<bool>() == true;
}
