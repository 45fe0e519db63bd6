using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using LoraBridge.Server.Engine.Protocol;

namespace LoraBridge.Server.Jobs;

/// <summary>How requests, results and events of jobs are written: as the engine's calls, without what is null.</summary>
internal static class JobJson
{
    /// <summary>The form.</summary>
    public static JsonSerializerOptions Options { get; } = new(EngineJson.Options) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    /// <summary>Writes a value by its own type.</summary>
    public static string Write(object value) => JsonSerializer.Serialize(value, value.GetType(), Options);

    /// <summary>Reads an object.</summary>
    public static JsonObject Object(string json) => JsonNode.Parse(json)!.AsObject();

    /// <summary>Lays changes over an object as a JSON merge patch (RFC 7396) does: objects are merged, null takes away, all else replaces.</summary>
    public static void Merge(JsonObject target, JsonObject changes)
    {
        foreach (var (name, value) in changes)
        {
            if (value is JsonObject inner && target[name] is JsonObject outer) Merge(outer, inner);
            else if (value is null) target.Remove(name);
            else target[name] = value.DeepClone();
        }
    }

    /// <summary>Reads a value for an answer.</summary>
    public static JsonElement Element(string json)
    {
        using var document = JsonDocument.Parse(json);
        return document.RootElement.Clone();
    }
}
