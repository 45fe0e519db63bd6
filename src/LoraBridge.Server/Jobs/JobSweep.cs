using System.Text.Json.Nodes;

namespace LoraBridge.Server.Jobs;

/// <summary>Makes one request for every combination of a sweep's values.</summary>
internal static class JobSweep
{
    private const int MostJobs = 500;

    /// <summary>The requests, each with what is special about it; the request itself where nothing is swept. The last field varies fastest.</summary>
    /// <param name="request">What all of them share.</param>
    /// <param name="sweep">The values of each field; <c>options.rank</c> is the rank in the options.</param>
    /// <param name="place">The object of the request that the fields stand in; null for the request itself.</param>
    /// <exception cref="JobException">A field has no values, or there are too many combinations.</exception>
    public static IReadOnlyList<(JsonObject Request, string Label)> Variants(JsonObject request, IReadOnlyDictionary<string, JsonArray>? sweep, string? place)
    {
        List<(JsonObject Request, string Label)> variants = [(request.DeepClone().AsObject(), "")];
        if (sweep is null) return variants;
        if (sweep.Count == 0) throw JobException.Invalid("sweep", "The sweep names no field. Give fields with their values: {\"network.rank\": [4, 8]}.");
        foreach (var (field, values) in sweep)
        {
            if (values is not { Count: > 0 }) throw JobException.Invalid($"sweep.{field}", $"sweep.{field} has no values. Give a list of one or more.");
            if ((long)variants.Count * values.Count > MostJobs) throw JobException.Invalid("sweep", $"The sweep makes more than {MostJobs} jobs. Give fewer values, or several sweeps.");
            variants = [.. from variant in variants from value in values select With(variant, field, value, place)];
        }
        return variants;
    }

    private static (JsonObject Request, string Label) With((JsonObject Request, string Label) variant, string field, JsonNode? value, string? place)
    {
        var request = variant.Request.DeepClone().AsObject();
        // names of settings have dots of their own; elsewhere a dot leads into an object
        string[] path = place is null ? field.Split('.') : [place, field];
        var target = request;
        foreach (var name in path[..^1]) target = target[name] as JsonObject ?? (target[name] = new JsonObject()).AsObject();
        target[path[^1]] = value?.DeepClone();
        return (request, $"{variant.Label} {field}={value?.ToString() ?? "none"}".TrimStart());
    }
}
