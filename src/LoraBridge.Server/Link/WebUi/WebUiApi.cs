using LoraBridge.Server.Errors;
using Microsoft.AspNetCore.Http.HttpResults;

namespace LoraBridge.Server.Link.WebUi;

/// <summary>Tells how the link to the WebUI is, and tries it.</summary>
internal static class WebUiApi
{
    public static void MapWebUiLink(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/lorabridge/v1/webui").WithTags("WebUI");

        group.MapGet("/", Read).WithName("GetWebUi").WithSummary("Say whether the WebUI answers, what is owed to it, and what was asked of it last");
        group.MapPost("/check", CheckAsync).WithName("CheckWebUi").WithSummary("Ask the WebUI now whether it answers").ProducesProblem(StatusCodes.Status409Conflict);
        group.MapPost("/refresh", RefreshAsync).WithName("RefreshWebUi").WithSummary("Have the WebUI look for adapters now").ProducesProblem(StatusCodes.Status409Conflict).ProducesProblem(StatusCodes.Status502BadGateway);
    }

    private static Ok<WebUiReport> Read(WebUiClient client, WebUiMemo memo, WebUiMemory memory, WebUiRefresh refresh)
    {
        var settings = client.Settings;
        var debts = memo.Debts;
        var calls = client.Calls;
        var last = calls.FirstOrDefault(call => call.WasMade);
        var state = settings.Url is null ? "notConfigured" : last is null ? "unknown" : last.Ok ? "reachable" : last.Status is 401 or 403 or 404 or 405 ? "refused" : last.Status is null ? "away" : "failing";
        return TypedResults.Ok(new WebUiReport(settings.Url is not null, settings.Url?.AbsoluteUri, settings.Credentials is not null, Jobs.JobRows.NameOf(settings.Release), state, Sentence(state, last),
            CircuitReport.Of(client.Circuit), new(debts.ReleasedAt is not null, debts.ReleasedAt, memory.Holders, memory.NextTryAt), new(debts.RefreshOwed, refresh.LastAt, refresh.NextTryAt), calls));
    }

    private static async Task<Ok<WebUiReport>> CheckAsync(WebUiClient client, WebUiMemo memo, WebUiMemory memory, WebUiRefresh refresh, CancellationToken cancel)
    {
        Demand(client);
        try
        {
            await client.AskAsync(WebUiAction.Check, isNow: true, cancel).ConfigureAwait(false);
        }
        catch (LinkException)
        {
            // the report says it
        }
        return Read(client, memo, memory, refresh);
    }

    private static async Task<Ok<WebUiReport>> RefreshAsync(WebUiClient client, WebUiMemo memo, WebUiMemory memory, WebUiRefresh refresh, CancellationToken cancel)
    {
        Demand(client);
        try
        {
            await refresh.TellAsync(isNow: true, cancel).ConfigureAwait(false);
        }
        catch (LinkException failed)
        {
            throw new RequestException(StatusCodes.Status502BadGateway, "webui", failed.Reason, failed.Cure);
        }
        return Read(client, memo, memory, refresh);
    }

    private static void Demand(WebUiClient client)
    {
        if (client.Settings.Url is null) throw RequestException.Conflict("webui", "No WebUI is linked.", "Start the server with --webui-url http://127.0.0.1:7860, and the WebUI with --api.");
    }

    private static string Sentence(string state, WebUiCall? last) => state switch
    {
        "notConfigured" => "No WebUI is linked. Start the server with --webui-url http://127.0.0.1:7860, and the WebUI with --api.",
        "unknown" => "Nothing was asked of the WebUI yet.",
        "reachable" => "The WebUI answers.",
        _ => last!.Error!,
    };
}

/// <summary>The link to the WebUI.</summary>
/// <param name="IsConfigured">Whether there is one.</param>
/// <param name="Url">The WebUI's address.</param>
/// <param name="HasCredentials">Whether a user and a password are sent.</param>
/// <param name="Release">When the WebUI is asked to give its model's memory up: never, training or always.</param>
/// <param name="State">notConfigured, unknown, reachable, away, refused or failing, by the last call.</param>
/// <param name="Message">That in a sentence, with what helps.</param>
/// <param name="Circuit">Whether the WebUI is left alone for a while.</param>
/// <param name="Memory">Whether it has given its memory up.</param>
/// <param name="Refresh">Whether it is to be told of adapters.</param>
/// <param name="Calls">What was asked of it, the newest first.</param>
internal sealed record WebUiReport(bool IsConfigured, string? Url, bool HasCredentials, string Release, string State, string Message, CircuitReport Circuit, WebUiMemoryReport Memory, WebUiRefreshReport Refresh, IReadOnlyList<WebUiCall> Calls);

/// <summary>The WebUI's memory.</summary>
/// <param name="IsOwed">Whether the WebUI may be without its model because of LoraBridge.</param>
/// <param name="Since">Since when.</param>
/// <param name="Holders">How many trainings and pictures need the memory now.</param>
/// <param name="NextTryAt">When it is asked next to take its model back; absent while the memory is needed.</param>
internal sealed record WebUiMemoryReport(bool IsOwed, DateTimeOffset? Since, int Holders, DateTimeOffset? NextTryAt);

/// <summary>The WebUI's list of adapters.</summary>
/// <param name="IsOwed">Whether the WebUI is still to be told of an adapter.</param>
/// <param name="LastAt">When it was told last.</param>
/// <param name="NextTryAt">When it is told next.</param>
internal sealed record WebUiRefreshReport(bool IsOwed, DateTimeOffset? LastAt, DateTimeOffset? NextTryAt);
