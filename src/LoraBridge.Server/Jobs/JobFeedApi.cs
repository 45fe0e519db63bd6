using System.Text.Json;

namespace LoraBridge.Server.Jobs;

/// <summary>What happens to all jobs, in one stream or asked for.</summary>
internal static class JobFeedApi
{
    private const int Portion = 500, MostListed = 5000;

    public static void MapJobFeed(this RouteGroupBuilder group) =>
        group.MapGet("/events", ReadAsync).WithName("GetAllJobEvents")
            .WithSummary("Give the events of all jobs after one of them: as a stream where text/event-stream is accepted (Last-Event-ID goes on after a break), else as a list")
            .Produces<FeedList>().Produces(StatusCodes.Status200OK, contentType: "text/event-stream");

    private static async Task<IResult> ReadAsync(HttpContext context, JobStore store, TimeProvider time, IHostApplicationLifetime server, long after = 0, int limit = Portion, string? kinds = null)
    {
        if (limit is < 1 or > MostListed) throw JobException.Invalid("limit", $"limit is {limit}, and must be from 1 to {MostListed}.");
        var wanted = kinds?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (!EventStream.IsWanted(context.Request))
        {
            // asked before the events are: what comes in between is found by the next
            var newest = store.LastSequence;
            var events = store.Feed(after, limit, wanted);
            return TypedResults.Ok(new FeedList([.. events.Select(FeedReport.Of)], events.Count == limit ? events[^1].Sequence : Math.Max(newest, events.Count > 0 ? events[^1].Sequence : after)));
        }

        var last = EventStream.LastEventId(context.Request) ?? after;
        return await EventStream.AnswerAsync(context, server, store, time, async end =>
        {
            var events = store.Feed(last, Portion, wanted);
            foreach (var happened in events)
            {
                last = happened.Sequence;
                await EventStream.WriteAsync(context.Response, last, happened.Event.Kind, FeedReport.Of(happened), end).ConfigureAwait(false);
            }
            return events.Count == Portion ? StreamState.More : StreamState.Quiet;
        }).ConfigureAwait(false);
    }
}

/// <summary>An event of any job as it is answered; in a stream the sequence is the message's id and the kind its event.</summary>
/// <param name="Sequence">Its number among the events of all jobs.</param>
/// <param name="Job">To which job it happened.</param>
/// <param name="Number">Its number among the job's events, from 1; 0 of a job that was deleted.</param>
/// <param name="Time">When.</param>
/// <param name="Kind">What kind: as of a job's events, and <c>deleted</c>.</param>
/// <param name="Body">The rest.</param>
internal sealed record FeedReport(long Sequence, string Job, long Number, DateTimeOffset Time, string Kind, JsonElement Body)
{
    public static FeedReport Of(FeedEvent happened) => new(happened.Sequence, happened.Job, happened.Event.Number, happened.Event.Time, happened.Event.Kind, JobJson.Element(happened.Event.Body));
}

/// <summary>Events of all jobs that were found.</summary>
/// <param name="Events">In the order in which they happened.</param>
/// <param name="Last">The sequence to ask after next.</param>
internal sealed record FeedList(IReadOnlyList<FeedReport> Events, long Last);
