using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;
using LoraBridge.Server.Safety;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Mvc;

namespace LoraBridge.Server.Errors;

/// <summary>Answers refusals, requests that do not bind and failures of the disk with problem details that have the field and the cure as members of their own.</summary>
[SuppressMessage("Performance", "CA1812", Justification = "made by the services")]
internal sealed partial class RequestErrorHandler(IProblemDetailsService problems, ILogger<RequestErrorHandler> log) : IExceptionHandler
{
    public ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        if (Refusal(exception, httpContext) is not { } refused) return ValueTask.FromResult(false);
        if (refused.Status >= StatusCodes.Status500InternalServerError) LogFailure(exception, httpContext.Request.Path);
        httpContext.Response.StatusCode = refused.Status;
        var details = new ProblemDetails { Status = refused.Status, Detail = $"{refused.Reason} {refused.Cure}", Extensions = { ["field"] = refused.Field, ["cure"] = refused.Cure } };
        return problems.TryWriteAsync(new() { HttpContext = httpContext, Exception = exception, ProblemDetails = details });
    }

    private static RequestException? Refusal(Exception exception, HttpContext context) => exception switch
    {
        RequestException refused => refused,
        BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } => BodyLimit.Of(context).Refusal(),
        BadHttpRequestException bad => new(bad.StatusCode, Parameter().Match(bad.Message) is { Success: true } named ? named.Groups[1].Value : "request", bad.Message, "Correct it; the API's description says what belongs there."),
        _ when WireFault.Is(exception) => new(StatusCodes.Status400BadRequest, "body", exception.Message, "Send the request again; a program that builds it is at fault."),
        IOException or UnauthorizedAccessException => new(StatusCodes.Status500InternalServerError, "disk", exception.Message, "Check the folder's rights and the space on its disk."),
        _ => null,
    };

    // the framework's sentence: Failed to bind parameter "int limit" from "x".
    [GeneratedRegex("""parameter "\S+ (\w+)" """)]
    private static partial Regex Parameter();

    [LoggerMessage(LogLevel.Error, "{Path} failed")]
    private partial void LogFailure(Exception exception, PathString path);
}
