using System.Text.Json.Nodes;

namespace LoraBridge.Server.OpenApi;

/// <summary>
/// What the descriptions say besides what routes and records do: examples, parameters, limits, contents that are no JSON. It stands in Notes/*.json, by the
/// names of operations, parameters and schemas.
/// </summary>
/// <param name="parts">tags, parameters, operations, schemas: objects by name.</param>
internal sealed class OperationNotes(JsonObject parts)
{
    private const string Json = "application/json";

    /// <summary>The program's own.</summary>
    public static OperationNotes Read()
    {
        var assembly = typeof(OperationNotes).Assembly;
        var all = new JsonObject();
        foreach (var name in assembly.GetManifestResourceNames().Where(name => name.StartsWith("notes/", StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            using var stream = assembly.GetManifestResourceStream(name)!;
            Merge(all, JsonNode.Parse(stream)!.AsObject());
        }
        return new(all);
    }

    /// <summary>What is noted under a name of a part; null for nothing.</summary>
    public JsonObject? Of(string part, string name) => parts[part]?[name]?.AsObject();

    /// <summary>The sentence that is noted under a name of a part; null for none.</summary>
    public string? Text(string part, string name) => parts[part]?[name]?.GetValue<string>();

    /// <summary>The names noted in a part.</summary>
    public IReadOnlyList<string> Names(string part) => [.. parts[part]?.AsObject().Select(entry => entry.Key) ?? []];

    /// <summary>Lays the notes over a description.</summary>
    public void Describe(JsonObject document)
    {
        var schemas = document["components"]!["schemas"]!.AsObject();
        foreach (var (name, schema) in Entries("schemas"))
            if (schemas[name] is JsonObject drawn) Merge(drawn, schema!.AsObject());
        var tags = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var (_, operation) in DrawnDocument.Operations(document))
        {
            foreach (var tag in operation["tags"]!.AsArray()) tags.Add(tag!.GetValue<string>());
            var note = Of("operations", operation["operationId"]!.GetValue<string>()) ?? [];
            if (note["description"] is { } text) operation["description"] = text.DeepClone();
            DescribeParameters(operation, note);
            DescribeRequest(operation, note);
            DescribeAnswers(operation, note);
        }
        document["tags"] = new JsonArray([.. tags.Select(tag => new JsonObject { ["name"] = tag, ["description"] = parts["tags"]?[tag]?.DeepClone() })]);
    }

    private void DescribeParameters(JsonObject operation, JsonObject note)
    {
        foreach (var added in note["addParameters"]?.AsArray() ?? []) (operation["parameters"] ??= new JsonArray()).AsArray().Add(added!.DeepClone());
        foreach (var parameter in operation["parameters"]?.AsArray().OfType<JsonObject>() ?? [])
        {
            var name = parameter["name"]!.GetValue<string>();
            foreach (var source in (JsonObject?[])[Of("parameters", name), note["parameters"]?[name]?.AsObject()])
                foreach (var (key, value) in source ?? [])
                    if (key is "description" or "example") parameter[key] = value?.DeepClone();
                    else (parameter["schema"] ??= new JsonObject())[key] = value?.DeepClone();
        }
    }

    private static void DescribeRequest(JsonObject operation, JsonObject note)
    {
        if (note["requestContent"] is JsonObject given) operation["requestBody"] = new JsonObject { ["required"] = true, ["content"] = given.DeepClone() };
        if (operation["requestBody"] is not JsonObject body) return;
        var content = body["content"]!.AsObject();
        if (note["request"] is { } example) content[Json]!["example"] = example.DeepClone();
        if (note["requests"] is { } examples) content[Json]!["examples"] = examples.DeepClone();
        if (note["requestDescription"] is { } text) body["description"] = text.DeepClone();
    }

    private static void DescribeAnswers(JsonObject operation, JsonObject note)
    {
        var answers = operation["responses"]!.AsObject();
        foreach (var (status, answer) in note["responses"]?.AsObject() ?? [])
            if (answer is null) answers.Remove(status);
            else answers[status] = answer.DeepClone();
        if (answers.FirstOrDefault(answer => answer.Key[0] is '2').Value is not JsonObject success) return;
        if (note["responseSchema"] is { } schema) ((success["content"] ??= new JsonObject())[Json] ??= new JsonObject())["schema"] = schema.DeepClone();
        if (note["responseDescription"] is { } text) success["description"] = text.DeepClone();
        if (note.ContainsKey("response") && success["content"]?[Json] is JsonObject content) content["example"] = note["response"]?.DeepClone();
    }

    private JsonObject Entries(string part) => parts[part]?.AsObject() ?? [];

    /// <summary>Objects are merged, all else replaces.</summary>
    private static void Merge(JsonObject target, JsonObject changes)
    {
        foreach (var (name, value) in changes)
            if (value is JsonObject inner && target[name] is JsonObject outer) Merge(outer, inner);
            else target[name] = value?.DeepClone();
    }
}
