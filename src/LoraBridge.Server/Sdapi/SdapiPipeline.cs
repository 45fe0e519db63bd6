using System.Diagnostics;
using System.Globalization;
using LoraBridge.Server.Errors;
using LoraBridge.Server.Sdapi.Wire;

namespace LoraBridge.Server.Sdapi;

/// <summary>What every request passes before its endpoint: its time is taken, its errors get their form, old spellings of paths are sent on.</summary>
internal static class SdapiPipeline
{
    /// <summary>Adds the services of <see cref="UseSdapi"/>.</summary>
    public static void AddSdapiPipeline(this IServiceCollection services) => services.AddExceptionHandler<SdapiErrorHandler>();

    /// <summary>Adds the steps themselves, the errors of unknown paths included; to be called before other middleware.</summary>
    public static void UseSdapi(this WebApplication app)
    {
        app.Use(TakeTime);
        app.UseExceptionHandler();
        app.Use(ForgetWhoLeft);
        app.UseStatusCodePages(context => SayStatus(context.HttpContext));
    }

    // nobody is there to be told what went wrong
    private static async Task ForgetWhoLeft(HttpContext context, RequestDelegate next)
    {
        try
        {
            await next(context).ConfigureAwait(false);
        }
        catch (Exception) when (context.RequestAborted.IsCancellationRequested)
        {
            if (!context.Response.HasStarted) context.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
        }
    }

    /// <summary>Adds the sending on of old spellings.</summary>
    public static void UseSdapiPaths(this WebApplication app) => app.Use(SendOn);

    private static Task TakeTime(HttpContext context, RequestDelegate next)
    {
        var start = Stopwatch.GetTimestamp();
        context.Response.OnStarting(() =>
        {
            context.Response.Headers["X-Process-Time"] = Stopwatch.GetElapsedTime(start).TotalSeconds.ToString("0.0000", CultureInfo.InvariantCulture);
            return Task.CompletedTask;
        });
        return next(context);
    }

    private static async Task SayStatus(HttpContext context)
    {
        var status = context.Response.StatusCode;
        if (status == StatusCodes.Status400BadRequest && UnreadParameter.Of(context) is { } unread) throw unread;
        if (!SdapiErrorShape.Covers(context))
        {
            await TypedResults.Problem(statusCode: status).ExecuteAsync(context).ConfigureAwait(false);
            return;
        }
        // a framework's own answer, which has no other fields
        var detail = status switch { 404 => "Not Found", 405 => "Method Not Allowed", _ => $"Status {status}" };
        await new JsonAnswer(new { Detail = detail }, status).ExecuteAsync(context).ConfigureAwait(false);
    }

    /// <summary>A path with a slash too many is another path to the WebUI, which sends clients on to the one they mean.</summary>
    private static Task SendOn(HttpContext context, RequestDelegate next)
    {
        var request = context.Request;
        if (context.GetEndpoint() is null || !SdapiErrorShape.Covers(request.Path) || request.Path.Value is not { Length: > 1 } path || path[^1] != '/') return next(context);
        context.Response.StatusCode = StatusCodes.Status307TemporaryRedirect;
        context.Response.Headers.Location = $"{request.Scheme}://{request.Host}{request.PathBase}{new PathString(path.TrimEnd('/')).ToUriComponent()}{request.QueryString}";
        return Task.CompletedTask;
    }
}
