using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace LoraBridge.Server.OpenApi;

/// <summary>A description as JSON: its operations, its references, its order.</summary>
internal static partial class DrawnDocument
{
    private static readonly string[] s_methods = ["get", "put", "post", "patch", "delete"];
    private static readonly string[] s_parts = ["openapi", "info", "security", "tags", "paths", "components"];

    /// <summary>Every operation with its place, such as <c>GET /lorabridge/v1/jobs</c>.</summary>
    public static IEnumerable<(string Place, JsonObject Operation)> Operations(JsonObject document) =>
        from path in document["paths"]!.AsObject()
        from method in s_methods
        let operation = path.Value![method]?.AsObject()
        where operation is not null
        select ($"{method.ToUpperInvariant()} {path.Key}", operation);

    /// <summary>Takes out what is an accident of how routes are mapped.</summary>
    public static void Tidy(JsonObject document)
    {
        var paths = new JsonObject();
        foreach (var (path, methods) in document["paths"]!.AsObject().ToList())
        {
            document["paths"]!.AsObject().Remove(path);
            paths[path.Length > 1 ? path.TrimEnd('/') : path] = methods;
        }
        document["paths"] = paths;
        document.Remove("servers");
        ((document["components"] ??= new JsonObject())["schemas"] ??= new JsonObject()).AsObject();
        ShortenNames(document, document["components"]!["schemas"]!.AsObject());
        foreach (var (_, operation) in Operations(document))
        {
            if (operation["parameters"] is not JsonArray parameters) continue;
            // a body that binds itself looks like a parameter too
            foreach (var own in parameters.Where(parameter => parameter!["in"]!.GetValue<string>() == "query" && parameter["name"]!.GetValue<string>() == "body").ToList()) parameters.Remove(own);
            if (parameters.Count == 0) operation.Remove("parameters");
        }
    }

    /// <summary>The names of the schemas that something refers to, at whatever depth.</summary>
    public static ISet<string> Reached(JsonObject document, IEnumerable<JsonNode?> starts)
    {
        var schemas = document["components"]!["schemas"]!.AsObject();
        var found = new SortedSet<string>(StringComparer.Ordinal);
        var open = new Stack<JsonNode?>(starts);
        while (open.TryPop(out var node))
            foreach (var name in References(node))
                if (found.Add(name)) open.Push(schemas[name] ?? throw new InvalidOperationException($"There is no schema {name}."));
        return found;
    }

    /// <summary>Puts everything into an order that does not depend on how it was found; what nothing refers to goes.</summary>
    public static JsonObject Sort(JsonObject document)
    {
        var used = Reached(document, [document["paths"], document["components"]!["responses"]]);
        var components = document["components"]!.AsObject();
        foreach (var name in components["schemas"]!.AsObject().Select(schema => schema.Key).Where(name => !used.Contains(name)).ToList()) components["schemas"]!.AsObject().Remove(name);
        foreach (var (name, part) in components.ToList()) components[name] = Ordered(part!.AsObject(), key => key);
        document["components"] = Ordered(components, key => key);
        var paths = document["paths"]!.AsObject();
        foreach (var (path, methods) in paths.ToList()) paths[path] = Ordered(methods!.AsObject(), method => $"{Array.IndexOf(s_methods, method)}");
        document["paths"] = Ordered(paths, path => path);
        foreach (var (_, operation) in Operations(document)) operation["responses"] = Ordered(operation["responses"]!.AsObject(), status => status);
        return Ordered(document, part => $"{Array.IndexOf(s_parts, part):00}");
    }

    /// <summary>Comments name each other in full, of which clients know the last part, as they write it.</summary>
    private static void ShortenNames(JsonNode? node, JsonObject schemas)
    {
        if (node is JsonArray list)
            foreach (var part in list) ShortenNames(part, schemas);
        if (node is not JsonObject parts) return;
        foreach (var (_, part) in parts) ShortenNames(part, schemas);
        if (parts["description"] is JsonValue text)
            parts["description"] = FullName().Replace(text.GetValue<string>(), name => schemas.ContainsKey(name.Groups[1].Value) ? name.Groups[1].Value : $"`{JsonNamingPolicy.CamelCase.ConvertName(name.Groups[1].Value)}`");
    }

    [GeneratedRegex(@"\bLoraBridge(?:\.\w+)*\.(\w+)")]
    private static partial Regex FullName();

    private static IEnumerable<string> References(JsonNode? node)
    {
        switch (node)
        {
            case JsonObject part:
                foreach (var (key, value) in part)
                {
                    if (key is "example" or "examples" or "mapping") continue;
                    if (key == "$ref" && value!.GetValue<string>() is var reference && reference.StartsWith("#/components/schemas/", StringComparison.Ordinal)) yield return reference.Split('/')[^1];
                    else foreach (var name in References(value)) yield return name;
                }
                break;
            case JsonArray list:
                foreach (var name in list.SelectMany(References)) yield return name;
                break;
        }
    }

    private static JsonObject Ordered(JsonObject part, Func<string, string> rank)
    {
        var entries = part.OrderBy(entry => rank(entry.Key), StringComparer.Ordinal).ThenBy(entry => entry.Key, StringComparer.Ordinal).ToList();
        part.Clear();
        return new(entries);
    }
}
