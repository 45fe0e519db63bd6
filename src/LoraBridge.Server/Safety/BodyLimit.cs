using LoraBridge.Server.Errors;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Metadata;

namespace LoraBridge.Server.Safety;

/// <summary>How long a request's body may be.</summary>
/// <param name="Bytes">The most bytes.</param>
/// <param name="Option">The option of <c>serve</c> that changes it; null for none.</param>
internal sealed record BodyLimit(long Bytes, string? Option)
{
    /// <summary>The limit that was set for a request.</summary>
    public static BodyLimit Of(HttpContext context) => context.Features.Get<BodyLimit>()!;

    /// <summary>Sets it; a body that says itself that it is longer is refused at once.</summary>
    public static Task Apply(ServerSettings settings, HttpContext context, RequestDelegate next)
    {
        var limit = Of(context, settings);
        context.Features.Set(limit);
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } body) body.MaxRequestBodySize = limit.Bytes;
        if (context.Request.ContentLength is not { } length || length <= limit.Bytes) return next(context);
        context.Response.Headers.Connection = "close";                          // what still comes is not read, so nothing can follow it
        return Refusals.AnswerAsync(context, limit.Refusal());
    }

    /// <summary>What a body that is longer is answered.</summary>
    public RequestException Refusal() => new(
        StatusCodes.Status413PayloadTooLarge, "body", $"The request has more than {Bytes:N0} bytes, the most that are taken here.", Option is null ? "Send less." : $"Send less at once, or start the server with a larger {Option}.");

    // an upload's own, that of requests with pictures, or that of all others
    private static BodyLimit Of(HttpContext context, ServerSettings settings)
    {
        var metadata = context.GetEndpoint()?.Metadata;
        if (metadata?.GetMetadata<IRequestSizeLimitMetadata>()?.MaxRequestBodySize is { } upload) return new(upload, upload == settings.Datasets.MaxUploadBytes ? "--max-upload" : null);
        return metadata?.GetMetadata<SdapiErrorShape>() is not null ? new(settings.Safety.MaxPictureBytes, "--max-picture-json") : new(settings.Safety.MaxJsonBytes, "--max-json");
    }
}
