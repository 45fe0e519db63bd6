using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Mvc;

namespace LoraBridge.Server.Errors;

/// <summary>Answers <see cref="RequestException"/> with problem details that have the field and the cure as members of their own.</summary>
[SuppressMessage("Performance", "CA1812", Justification = "made by the services")]
internal sealed class RequestErrorHandler(IProblemDetailsService problems) : IExceptionHandler
{
    public ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        if (exception is not RequestException refused) return ValueTask.FromResult(false);
        httpContext.Response.StatusCode = refused.Status;
        var details = new ProblemDetails { Status = refused.Status, Detail = $"{refused.Reason} {refused.Cure}", Extensions = { ["field"] = refused.Field, ["cure"] = refused.Cure } };
        return problems.TryWriteAsync(new() { HttpContext = httpContext, Exception = exception, ProblemDetails = details });
    }
}
