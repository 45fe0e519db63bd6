using System.Text.Json.Nodes;

namespace LoraBridge.Server.Tests.OpenApi;

/// <summary>What a description must say of every operation, and what is missing.</summary>
internal static class DocumentLint
{
    /// <summary>What is missing, a line each that begins with the operation or schema; empty for nothing.</summary>
    public static IReadOnlyList<string> Missing(Description description) =>
    [
        .. description.Operations.SelectMany(operation => Missing(description, operation).Select(what => $"{operation.Id}: {what}")),
        .. description.Operations.GroupBy(operation => operation.Id).Where(group => group.Count() > 1).Select(group => $"{group.Key}: {group.Count()} operations have this id"),
        .. description.Document["components"]!["schemas"]!.AsObject().SelectMany(schema => Missing(schema.Value!).Select(what => $"schema {schema.Key}: {what}")),
        .. description.Document["tags"]!.AsArray().Where(tag => tag!["description"] is null).Select(tag => $"tag {tag!["name"]}: no description (Notes/*.json, tags)"),
    ];

    private static IEnumerable<string> Missing(Description description, Operation operation)
    {
        var node = operation.Node;
        if (node["operationId"] is null) yield return "no id (WithName)";
        if (string.IsNullOrWhiteSpace(node["summary"]?.GetValue<string>())) yield return "no summary (WithSummary)";
        if (node["tags"] is not JsonArray { Count: 1 }) yield return "not one tag (WithTags)";
        foreach (var parameter in node["parameters"]?.AsArray() ?? [])
            if (parameter!["description"] is null) yield return $"parameter {parameter["name"]} has no description (Notes/*.json, parameters)";
        foreach (var (type, content) in node["requestBody"]?["content"]?.AsObject() ?? [])
            foreach (var what in Missing(type, content!)) yield return $"request: {what}";

        var answers = description.Answers(operation);
        var successes = answers.Where(answer => answer.Key[0] == '2').ToList();
        if (successes.Count == 0 && !answers.ContainsKey("501")) yield return "no answer of success";
        if (!answers.Any(answer => answer.Key[0] is '4' or '5' or 'd')) yield return "no answer of an error";
        foreach (var (status, answer) in answers)
        {
            if (string.IsNullOrWhiteSpace(answer["description"]?.GetValue<string>())) yield return $"answer {status} has no description";
            if (answer["content"] is not JsonObject { Count: > 0 } contents)
            {
                if (status != "204") yield return $"answer {status} has no content (Produces, or responseSchema in Notes/*.json)";
                continue;
            }
            foreach (var (type, content) in contents)
                foreach (var what in Missing(type, content!)) yield return $"answer {status}: {what}";
        }
    }

    private static IEnumerable<string> Missing(string type, JsonNode content)
    {
        if (content["schema"] is null) yield return $"{type} has no schema";
        // what is sent as a file needs none
        var isText = type is "application/json" or "application/problem+json" or "text/event-stream" or "text/plain" && content["schema"]?["format"]?.ToString() != "binary";
        if (isText && !content.AsObject().ContainsKey("example") && content["examples"] is null) yield return $"{type} has no example (Notes/*.json, request or response)";
    }

    private static IEnumerable<string> Missing(JsonNode schema)
    {
        if (schema["description"] is null) yield return "no description (an XML comment on its record)";
        foreach (var (name, property) in schema["properties"]?.AsObject() ?? [])
        {
            if (property!["description"] is null) yield return $"{name} has no description (an XML comment)";
            if (property is JsonObject { Count: 1 } && property["description"] is not null && name is not ("value" or "request" or "result" or "body")) yield return $"{name} has no type";
        }
    }
}
