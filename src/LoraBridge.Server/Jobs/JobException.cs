using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Mvc;

namespace LoraBridge.Server.Jobs;

/// <summary>Something that was asked of a job cannot be done; the message is for the user and says what helps.</summary>
internal sealed class JobException(int status, string message, IReadOnlyDictionary<string, string[]>? errors = null) : Exception(message)
{
    /// <summary>The HTTP status that says whose fault it is.</summary>
    public int Status { get; } = status;

    /// <summary>What is wrong, by the names of fields; null where it is no field.</summary>
    public IReadOnlyDictionary<string, string[]>? Errors { get; } = errors;

    /// <summary>There is no such job.</summary>
    public static JobException Missing(string id) => new(StatusCodes.Status404NotFound, $"There is no job '{id}'. It may have been deleted; GET /lorabridge/v1/jobs lists those there are.");

    /// <summary>The job is not in a state for it.</summary>
    public static JobException Conflict(string message) => new(StatusCodes.Status409Conflict, message);

    /// <summary>A field is wrong.</summary>
    public static JobException Invalid(string field, string message) => Invalid(new Dictionary<string, string[]> { [field] = [message] });

    /// <summary>Fields are wrong.</summary>
    public static JobException Invalid(IReadOnlyDictionary<string, string[]> errors) =>
        new(StatusCodes.Status422UnprocessableEntity, string.Join("\n", errors.SelectMany(error => error.Value).Distinct()), errors);
}

/// <summary>Answers with problem details that name the fields.</summary>
[SuppressMessage("Performance", "CA1812", Justification = "made by the services")]
internal sealed class JobErrorHandler(IProblemDetailsService problems) : IExceptionHandler
{
    public ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        if (exception is not JobException refused) return ValueTask.FromResult(false);
        httpContext.Response.StatusCode = refused.Status;
        var details = new ProblemDetails { Status = refused.Status, Detail = refused.Message };
        if (refused.Errors is { } errors) details.Extensions["errors"] = errors;
        return problems.TryWriteAsync(new() { HttpContext = httpContext, Exception = exception, ProblemDetails = details });
    }
}
