using System.Diagnostics.CodeAnalysis;
using LoraBridge.Server.Engine.Protocol;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Mvc;

namespace LoraBridge.Server.Engine;

/// <summary>Answers failures of the engine with problem details whose status says whose fault it is.</summary>
[SuppressMessage("Performance", "CA1812", Justification = "made by the services")]
internal sealed class EngineErrorHandler(IProblemDetailsService problems) : IExceptionHandler
{
    /// <summary>The HTTP status of a kind of failure.</summary>
    public static int StatusOf(EngineErrorKind kind) => kind switch
    {
        EngineErrorKind.InvalidRequest => StatusCodes.Status422UnprocessableEntity,
        EngineErrorKind.NotFound => StatusCodes.Status404NotFound,
        EngineErrorKind.Cancelled => StatusCodes.Status409Conflict,
        EngineErrorKind.OutOfMemory or EngineErrorKind.Unavailable or EngineErrorKind.Lost => StatusCodes.Status503ServiceUnavailable,
        EngineErrorKind.Hung => StatusCodes.Status504GatewayTimeout,
        _ => StatusCodes.Status500InternalServerError,
    };

    public ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        if (exception is not EngineException failed) return ValueTask.FromResult(false);
        var status = StatusOf(failed.Kind);
        httpContext.Response.StatusCode = status;
        var details = new ProblemDetails { Status = status, Detail = failed.Message, Extensions = { ["kind"] = failed.Kind.ToString() } };
        if (failed.Field is { } field) details.Extensions["field"] = field;
        return problems.TryWriteAsync(new() { HttpContext = httpContext, Exception = exception, ProblemDetails = details });
    }
}
