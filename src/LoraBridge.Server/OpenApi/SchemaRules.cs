using System.Text.Json.Nodes;

namespace LoraBridge.Server.OpenApi;

/// <summary>What follows from whether a schema is sent or answered: answers have every field that is not null, and nothing to default; they may grow, so nothing forbids further fields.</summary>
internal static class SchemaRules
{
    private const string Written = "x-as-written";

    /// <summary>A copy of a schema that was written by hand and means what it says.</summary>
    public static JsonObject AsWritten(JsonObject schema)
    {
        var copy = schema.DeepClone().AsObject();
        copy[Written] = true;
        return copy;
    }

    /// <summary>Under this key a drawn schema lists which of its fields may be null.</summary>
    public const string Nullable = "x-nullable-fields";

    /// <summary>Applies them.</summary>
    public static void Apply(JsonObject document)
    {
        var operations = DrawnDocument.Operations(document).Select(operation => operation.Operation).ToList();
        var sent = DrawnDocument.Reached(document, operations.Select(operation => operation["requestBody"]));
        var answered = DrawnDocument.Reached(document, [.. operations.Select(operation => (JsonNode?)operation["responses"]), document["components"]!["responses"]]);
        foreach (var (name, node) in document["components"]!["schemas"]!.AsObject())
        {
            if (node is not JsonObject schema || schema.Remove(Written) || schema["properties"] is not JsonObject fields) continue;
            var nullable = schema[Nullable]?.AsArray().Select(field => field!.GetValue<string>()).ToHashSet() ?? [];
            schema.Remove(Nullable);
            foreach (var (_, field) in fields) (field as JsonObject)?.Remove("readOnly");
            if (answered.Contains(name) && schema["additionalProperties"] is JsonValue) schema.Remove("additionalProperties");
            if (answered.Contains(name) && !sent.Contains(name)) Answer(schema, fields, nullable);
            else foreach (var field in nullable.Where(field => fields[field]?["$ref"] is not null)) fields[field] = OrNull(fields[field]!.AsObject());
        }
    }

    private static void Answer(JsonObject schema, JsonObject fields, HashSet<string> nullable)
    {
        foreach (var (name, field) in fields)
        {
            if (field is not JsonObject drawn) continue;
            drawn.Remove("default");
            if (nullable.Contains(name) && drawn["type"] is JsonArray types) drawn["type"] = types.Select(type => type!.GetValue<string>()).Single(type => type != "null");
        }
        var required = fields.Where(field => !nullable.Contains(field.Key)).Select(field => (JsonNode)field.Key).ToArray();
        schema.Remove("required");
        if (required.Length > 0) schema["required"] = new JsonArray(required);
    }

    private static JsonObject OrNull(JsonObject field)
    {
        var reference = field["$ref"]!.DeepClone();
        field.Remove("$ref");
        field["anyOf"] = new JsonArray(new JsonObject { ["$ref"] = reference }, new JsonObject { ["type"] = "null" });
        return field.DeepClone().AsObject();
    }
}
