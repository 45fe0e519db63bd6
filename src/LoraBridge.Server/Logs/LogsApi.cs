using LoraBridge.Server.Errors;
using Microsoft.AspNetCore.Http.HttpResults;

namespace LoraBridge.Server.Logs;

/// <summary>Shows what the server wrote down about its work.</summary>
internal static class LogsApi
{
    private const int MostListed = 1000;

    public static void AddLogs(this IServiceCollection services) => services
        .AddSingleton<SecretFilter>()
        .AddSingleton<LogStore>()
        .AddSingleton<ILoggerProvider, LogProvider>();

    public static void MapLogs(this IEndpointRouteBuilder routes) => routes.MapGet("/lorabridge/v1/system/logs", List)
        .WithTags("System").WithName("ListLogs").WithSummary("List what the server wrote down about its work, after a number and from a level on")
        .ProducesProblem(StatusCodes.Status422UnprocessableEntity);

    private static Ok<LogPage> List(LogStore logs, HttpResponse response, long after = 0, string level = "information", int limit = 200, string search = "")
    {
        if (limit is < 1 or > MostListed) throw RequestException.Invalid("limit", $"It is not 1 to {MostListed}.", $"Give 1 to {MostListed}.");
        if (after < 0) throw RequestException.Invalid("after", "It is negative.", "Give the number of the last entry that you have, or 0.");
        if (!Enum.TryParse<LogLevel>(level, ignoreCase: true, out var least) || char.IsAsciiDigit(level[0]) || least == LogLevel.None)
            throw RequestException.Invalid("level", $"'{level}' is no level.", "Say trace, debug, information, warning, error or critical.");
        response.Headers.CacheControl = "no-store";
        return TypedResults.Ok(logs.After(after, least, search, limit));
    }
}
