using System.Text.Json;
using System.Text.Json.Nodes;
using LoraBridge.Server.Sdapi.Settings;
using LoraBridge.Server.Sdapi.Wire;

namespace LoraBridge.Server.OpenApi;

/// <summary>Describes the bodies of the WebUI's requests from the tables that read them.</summary>
internal static class WebUiRequests
{
    /// <summary>Adds a body to every operation whose route has a table.</summary>
    public static void Describe(JsonObject document, IReadOnlyDictionary<string, DescribedRoute> routes, OperationNotes notes)
    {
        var schemas = document["components"]!["schemas"]!.AsObject();
        foreach (var name in notes.Names("webUiComponents")) schemas[name] = SchemaRules.AsWritten(notes.Of("webUiComponents", name)!);
        schemas["Options"] = Options();
        foreach (var (_, operation) in DrawnDocument.Operations(document))
        {
            var id = operation["operationId"]!.GetValue<string>();
            if (routes[id].Table is not { } table) continue;
            var name = id.Replace("Sdapi", "", StringComparison.Ordinal) + "Request";
            schemas[name] = Schema(table, notes);
            schemas[name]!["description"] = $"What is asked for: {char.ToLowerInvariant(operation["summary"]!.GetValue<string>()[0])}{operation["summary"]!.GetValue<string>()[1..]}.";
            operation["requestBody"] = new JsonObject
            {
                ["required"] = true,
                ["content"] = new JsonObject { ["application/json"] = new JsonObject { ["schema"] = new JsonObject { ["$ref"] = $"#/components/schemas/{name}" } } },
            };
        }
    }

    private static JsonObject Options()
    {
        var settings = new JsonObject();
        foreach (var setting in SettingTable.All)
        {
            JsonArray types = setting.Default switch { bool => ["boolean"], long or double => ["number"], string => ["string"], null => ["string", "number", "boolean", "object", "array"], _ => ["array"] };
            types.Add("null");
            settings[setting.Name] = new JsonObject { ["type"] = types, ["description"] = setting.Label };
        }
        return SchemaRules.AsWritten(new() { ["type"] = "object", ["description"] = "The settings by their names; an answer has them all, a change those that change.", ["properties"] = settings, ["additionalProperties"] = true });
    }

    private static JsonObject Schema(FieldTable table, OperationNotes notes)
    {
        var fields = new JsonObject();
        foreach (var field in table.Fields) fields[field.Name] = Schema(field, notes);
        var schema = new JsonObject { ["type"] = "object", ["properties"] = fields };
        if (table.Fields.Any(field => field.Required)) schema["required"] = new JsonArray([.. table.Fields.Where(field => field.Required).Select(field => (JsonNode)field.Name)]);
        schema["additionalProperties"] = true;
        return schema;
    }

    private static JsonObject Schema(Field field, OperationNotes notes)
    {
        var (type, of) = field.Kind switch
        {
            FieldKind.Integer => ("integer", null),
            FieldKind.Number => ("number", null),
            FieldKind.Flag => ("boolean", null),
            FieldKind.Text => ("string", null),
            FieldKind.Texts => ("array", new JsonObject { ["type"] = "string" }),
            FieldKind.List => ("array", field.Elements is { } elements ? Schema(elements, notes) : []),
            _ => ("object", (JsonObject?)null),
        };
        var schema = new JsonObject { ["type"] = field.Required ? type : new JsonArray(type, "null"), ["description"] = notes.Text("fields", field.Name) };
        if (of is not null) schema["items"] = of;
        if (field.Default is { } value) schema["default"] = JsonSerializer.SerializeToNode(value, value.GetType(), JsonSerializerOptions.Default);
        if (field.AtLeast is { } least) schema["minimum"] = least;
        if (field.Above is { } above) schema["exclusiveMinimum"] = above;
        if (field.AtMost is { } most) schema["maximum"] = most;
        if (field.OneOf.Count > 0) schema["enum"] = new JsonArray([.. field.OneOf.Select(one => (JsonNode)one)]);
        return schema;
    }
}
