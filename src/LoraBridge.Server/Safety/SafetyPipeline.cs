using System.Net;
using LoraBridge.Server.Errors;
using Microsoft.Net.Http.Headers;

namespace LoraBridge.Server.Safety;

/// <summary>What every request passes before its endpoint: which name it calls the server by, which page it is from, how many there are, who sends it, how long it is.</summary>
internal static class SafetyPipeline
{
    /// <summary>Adds the services of <see cref="UseSafety"/>.</summary>
    public static void AddSafety(this IServiceCollection services, ServerSettings settings)
    {
        var origins = new Origins(settings.Sdapi);
        services.AddSingleton(settings.Safety);
        services.AddSingleton(origins);
        services.AddSingleton(new Credentials(settings.Sdapi.Auth, settings.Safety.Token));
        services.AddSingleton<FailedAttempts>();
        services.AddSingleton<Farewell>();
        services.AddRequestRates(settings.Safety);
        services.AddCors(cors => cors.AddDefaultPolicy(policy => policy.SetIsOriginAllowed(origins.Has).AllowAnyMethod().AllowAnyHeader().AllowCredentials()));
        // requests are cut, then a training saves itself, and neither keeps the other from its time
        services.Configure<HostOptions>(host => host.ShutdownTimeout = settings.Safety.Grace + settings.Engine.GoodbyeLimit + TimeSpan.FromSeconds(2));
    }

    /// <summary>Adds the steps; to be called once errors take their form, before all else.</summary>
    public static void UseSafety(this WebApplication app, ServerSettings settings)
    {
        var (names, origins) = (new HostNames(settings), app.Services.GetRequiredService<Origins>());
        app.Use(app.Services.GetRequiredService<Farewell>().Watch);
        app.Use((context, next) => SecurityHeaders.Apply(origins, context, next));
        app.Use((context, next) => names.Has(context.Request.Host) ? next(context) : Refusals.AnswerAsync(context, StrangeName(context.Request.Host)));
        if (origins.AreNamed) app.UseCors();
        app.Use((context, next) => origins.IsForeign(context.Request) ? Refusals.AnswerAsync(context, ForeignPage) : next(context));
        app.UseRateLimiter();
        var credentials = app.Services.GetRequiredService<Credentials>();
        if (!credentials.AreNone) app.Use((context, next) => Ask(credentials, app.Services.GetRequiredService<FailedAttempts>(), context, next));
        app.Use((context, next) => BodyLimit.Apply(settings, context, next));
        app.Use((context, next) => IsInKnownLetters(context) ? next(context) : Refusals.AnswerAsync(context, StrangeLetters));
    }

    private static RequestException StrangeName(HostString host) => new(
        StatusCodes.Status403Forbidden, "Host", $"This server is not called '{(host.Host.Length > 100 ? host.Host[..100] : host.Host)}'.",
        "Call it by localhost or its address, or start it with --allowed-hosts and this name.");

    private static RequestException ForeignPage => new(
        StatusCodes.Status403Forbidden, "Origin", "A web page of another origin may change nothing here.", "Start the server with --cors-allow-origins and the page's origin if the page is yours.");

    // the WebUI reads UTF-8 whatever is said
    private static bool IsInKnownLetters(HttpContext context) =>
        SdapiErrorShape.Covers(context) || !MediaTypeHeaderValue.TryParse(context.Request.ContentType, out var type) || !type.Charset.HasValue || type.Encoding is not null;

    private static RequestException StrangeLetters => new(StatusCodes.Status415UnsupportedMediaType, "Content-Type", "Its charset is not known here.", "Send UTF-8, and application/json without a charset.");

    private static Task Ask(Credentials credentials, FailedAttempts failures, HttpContext context, RequestDelegate next)
    {
        if (context.GetEndpoint() is null) return next(context);
        var address = context.Connection.RemoteIpAddress ?? IPAddress.Loopback;
        var header = context.Request.Headers.Authorization;
        if (header.Count > 0 && failures.WaitOf(address) is { } wait)
            return Refusals.AnswerAsync(context, RequestRates.TooMany("Authorization", "Wrong credentials came from this address too often.", "Wait a minute, then send the right ones.", wait, context));

        var isRight = credentials.Accept(header);
        if (isRight == true) return next(context);
        if (isRight == false) failures.Add(address);
        context.Response.Headers.WWWAuthenticate = credentials.Challenges;
        // in the words of the WebUI
        var reason = isRight == false ? "Incorrect username or password" : "Not authenticated";
        return SdapiErrorShape.Covers(context)
            ? SdapiErrorHandler.Refusal(StatusCodes.Status401Unauthorized, reason).ExecuteAsync(context)
            : Refusals.AnswerAsync(context, new(StatusCodes.Status401Unauthorized, "Authorization", reason + ".", "Send the user and password (Basic) or the token (Bearer) that the server was started with."));
    }
}
