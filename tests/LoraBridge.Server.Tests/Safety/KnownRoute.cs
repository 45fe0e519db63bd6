using System.Reflection;
using System.Text.Json;
using LoraBridge.Server.Errors;
using LoraBridge.Server.Sdapi.Drawing;
using LoraBridge.Server.Tests.Launcher;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;

namespace LoraBridge.Server.Tests.Safety;

/// <summary>A route of the running server, with the names that its requests may hold.</summary>
internal sealed record KnownRoute(string Method, string Pattern, bool IsSdapi, IReadOnlyList<string> Fields)
{
    public bool TakesFiles => Pattern.EndsWith("/pictures", StringComparison.Ordinal) && Method == "POST";

    /// <summary>All routes; fields come from the records that bodies are read into, and from the API's description where the build wrote one.</summary>
    public static IReadOnlyList<KnownRoute> Of(EndpointDataSource routes)
    {
        var described = Described();
        return
        [
            .. from endpoint in routes.Endpoints.OfType<RouteEndpoint>()
               from method in endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? ["GET"]
               let pattern = "/" + endpoint.RoutePattern.RawText!.Trim('/')
               let isSdapi = endpoint.Metadata.GetMetadata<SdapiErrorShape>() is not null
               let body = endpoint.Metadata.GetMetadata<IAcceptsMetadata>()?.RequestType
               orderby pattern, method
               select new KnownRoute(method, pattern, isSdapi, [.. (isSdapi ? SdapiFields() : Names(body, 0)).Concat(described.GetValueOrDefault($"{method} {pattern}") ?? []).Distinct().Order(StringComparer.Ordinal)]),
        ];
    }

    private static IEnumerable<string> SdapiFields() =>
        [.. RequestFields.ImageToImage.Fields.Concat(RequestFields.TextToImage.Fields).Select(field => field.Name), "image", "imageList", "data", "name", "upscaling_resize", "upscaling_resize_w", "upscaling_resize_h", "upscaler_1", "resize_mode", "sd_model_checkpoint", "id_task", "model"];

    private static IEnumerable<string> Names(Type? type, int depth)
    {
        if (type?.Assembly.GetName().Name?.StartsWith("LoraBridge", StringComparison.Ordinal) != true || depth > 3) return [];
        return type.GetProperties(BindingFlags.Public | BindingFlags.Instance).SelectMany(property => Names(property.PropertyType, depth + 1).Prepend(JsonNamingPolicy.CamelCase.ConvertName(property.Name)));
    }

    private static Dictionary<string, List<string>> Described()
    {
        var folder = Path.Combine(LauncherScript.Root, "openapi");
        var found = new Dictionary<string, List<string>>();
        foreach (var file in Directory.Exists(folder) ? Directory.GetFiles(folder, "*.json").Order() : Enumerable.Empty<string>())
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(file));
            if (!document.RootElement.TryGetProperty("paths", out var paths)) continue;
            foreach (var path in paths.EnumerateObject())
                foreach (var operation in path.Value.EnumerateObject().Where(operation => operation.Value.ValueKind == JsonValueKind.Object))
                    found[$"{operation.Name.ToUpperInvariant()} {path.Name}"] = [.. Properties(operation.Value, document.RootElement, 0), .. Parameters(operation.Value)];
        }
        return found;
    }

    private static IEnumerable<string> Parameters(JsonElement operation) => operation.TryGetProperty("parameters", out var list)
        ? list.EnumerateArray().Select(parameter => parameter.TryGetProperty("name", out var name) ? name.GetString()! : "x") : [];

    private static IEnumerable<string> Properties(JsonElement part, JsonElement root, int depth)
    {
        if (depth > 8 || part.ValueKind != JsonValueKind.Object) return [];
        if (part.TryGetProperty("$ref", out var reference) && reference.GetString() is { } place && place.StartsWith("#/components/schemas/", StringComparison.Ordinal)
            && root.GetProperty("components").GetProperty("schemas").TryGetProperty(place.Split('/')[^1], out var schema)) return Properties(schema, root, depth + 1);
        var own = part.TryGetProperty("properties", out var properties) ? properties.EnumerateObject().Select(property => property.Name) : [];
        return own.Concat(part.EnumerateObject().Where(member => member.Name is "requestBody" or "content" or "application/json" or "schema" or "items").SelectMany(member => Properties(member.Value, root, depth + 1)));
    }
}
