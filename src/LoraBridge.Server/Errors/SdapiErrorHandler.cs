using LoraBridge.Server.Engine;
using LoraBridge.Server.Engine.Protocol;
using LoraBridge.Server.Safety;
using LoraBridge.Server.Sdapi.Wire;
using Microsoft.AspNetCore.Diagnostics;

namespace LoraBridge.Server.Errors;

/// <summary>Answers exceptions of the WebUI's endpoints in the WebUI's shape; leaves all others to problem details.</summary>
internal sealed partial class SdapiErrorHandler(ILogger<SdapiErrorHandler> log) : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        if (httpContext.Features.Get<IExceptionHandlerFeature>()?.Endpoint?.Metadata.GetMetadata<SdapiErrorShape>() is null) return false;
        await Answer(httpContext, exception).ExecuteAsync(httpContext).ConfigureAwait(false);
        return true;
    }

    private JsonAnswer Answer(HttpContext context, Exception exception)
    {
        switch (exception)
        {
            case InvalidRequestException invalid:
                return new(new { Detail = invalid.Faults }, 422);
            case SdapiException refusal:
                return Refusal(refusal.Status, refusal.Message);
            case RequestException refused:
                return Refusal(refused.Status, $"{refused.Reason} {refused.Cure}");
            case BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge }:
                return Refusal(StatusCodes.Status413PayloadTooLarge, BodyLimit.Of(context).Refusal().Message);
            case IOException when WireFault.Is(exception):
                return Refusal(StatusCodes.Status400BadRequest, exception.Message);
            case OperationCanceledException:
                return Refusal(StatusCodes.Status503ServiceUnavailable, "The server stops.");
            case BadHttpRequestException bad:
                return Refusal(bad.StatusCode, bad.Message);
            case SdapiFailure failure:
                LogFailure(context.Request.Path, failure.Kind, failure.Message);
                return Failure(failure.Kind, failure.Message);
            case EngineException { Kind: EngineErrorKind.InvalidRequest } invalid:
                return Refusal(422, invalid.Message);
            case EngineException lost:
                LogFailure(context.Request.Path, lost.Kind.ToString(), lost.Message);
                return Failure(lost.Kind == EngineErrorKind.OutOfMemory ? "OutOfMemoryError" : "RuntimeError", lost.Message);
            default:
                LogCrash(exception, context.Request.Path);
                return Failure(exception.GetType().Name, exception.Message);
        }
    }

    /// <summary>A deliberate error.</summary>
    public static JsonAnswer Refusal(int status, string detail) => new(new { Error = "HTTPException", Detail = detail, Body = "", Errors = "" }, status);

    private static JsonAnswer Failure(string kind, string message) => new(new { Error = kind, Detail = "", Body = "", Errors = message }, 500);

    [LoggerMessage(LogLevel.Warning, "{Path} failed: {Kind}: {Reason}")]
    private partial void LogFailure(PathString path, string kind, string reason);

    [LoggerMessage(LogLevel.Error, "{Path} failed")]
    private partial void LogCrash(Exception exception, PathString path);
}
