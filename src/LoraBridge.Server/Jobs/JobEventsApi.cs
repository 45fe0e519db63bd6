using Microsoft.AspNetCore.Http.HttpResults;

namespace LoraBridge.Server.Jobs;

/// <summary>What happens to jobs, as a stream that can be taken up again where it broke (Server-Sent Events), or asked for.</summary>
internal static class JobEventsApi
{
    private const int Portion = 500;

    public static void MapJobEvents(this RouteGroupBuilder group) =>
        group.MapGet("/{id}/events", ReadAsync).WithName("GetJobEvents")
            .WithSummary("Give a job's events after one of them: as a stream where text/event-stream is accepted (Last-Event-ID goes on after a break), else as a list")
            .Produces<JobEventList>().Produces(StatusCodes.Status200OK, contentType: "text/event-stream").Produces(StatusCodes.Status204NoContent);

    private static async Task<IResult> ReadAsync(string id, HttpContext context, JobStore store, JobQueue queue, TimeProvider time, IHostApplicationLifetime server, long? after = null, int limit = Portion)
    {
        if (limit is < 1 or > 5000) throw JobException.Invalid("limit", $"limit is {limit}, and must be from 1 to 5000.");
        queue.Get(id);
        if (!EventStream.IsWanted(context.Request)) return List(id, store, queue, after ?? 0, limit);

        var last = EventStream.LastEventId(context.Request) ?? after ?? 0;
        // by which a browser's EventSource knows that there is no point in coming again
        if (queue.Get(id).IsOver && store.Events(id, last, 1).Count == 0) return TypedResults.NoContent();
        return await EventStream.AnswerAsync(context, server, store, time, async end =>
        {
            var job = store.Find(id);
            var events = store.Events(id, last, Portion);
            foreach (var happened in events)
            {
                last = happened.Number;
                await EventStream.WriteAsync(context.Response, last, happened.Kind, JobEventReport.Of(happened), end).ConfigureAwait(false);
            }
            return events.Count == Portion ? StreamState.More : job is null or { IsOver: true } ? StreamState.Over : StreamState.Quiet;
        }).ConfigureAwait(false);
    }

    private static Ok<JobEventList> List(string id, JobStore store, JobQueue queue, long after, int limit)
    {
        // asked before the events are: a job that is over by then has its last ones
        var isOver = queue.Get(id).IsOver;
        var events = store.Events(id, after, limit);
        return TypedResults.Ok(new JobEventList([.. events.Select(JobEventReport.Of)], events.Count > 0 ? events[^1].Number : after, isOver && events.Count < limit));
    }
}
