using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Http.Metadata;

namespace LoraBridge.Server.Errors;

/// <summary>A request's JSON body; one that cannot be read is answered with problem details that name the field.</summary>
/// <param name="Value">What it says.</param>
internal sealed record Body<T>(T Value) : IEndpointParameterMetadataProvider where T : class
{
    public static async ValueTask<Body<T>> BindAsync(HttpContext context)
    {
        var request = context.Request;
        if (!request.HasJsonContentType())
            throw new RequestException(StatusCodes.Status415UnsupportedMediaType, "body", "It is not JSON.", "Send a JSON object with the content type application/json.");
        try
        {
            var value = await JsonSerializer.DeserializeAsync<T>(request.Body, BodyJson.Options, context.RequestAborted).ConfigureAwait(false);
            return new(value ?? throw RequestException.Invalid("body", "It is null.", "Send a JSON object."));
        }
        catch (JsonException error)
        {
            var field = error.Path is { Length: > 2 } path ? path[2..] : "body";
            throw new RequestException(StatusCodes.Status400BadRequest, field, $"It cannot be read: {error.Message}", "Correct it; the API's description says what belongs there.");
        }
    }

    static void IEndpointParameterMetadataProvider.PopulateMetadata(ParameterInfo parameter, EndpointBuilder builder) =>
        builder.Metadata.Add(new AcceptsMetadata(["application/json"], typeof(T)));
}

/// <summary>How bodies are read: a field that does not exist is a mistake and not passed over, and so is null where there must be something.</summary>
internal static class BodyJson
{
    public static JsonSerializerOptions Options { get; } = new(JsonSerializerDefaults.Web) { RespectNullableAnnotations = true, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, AllowDuplicateProperties = false, Converters = { new StrictJson.Objects(), new StrictJson.Elements() } };
}
