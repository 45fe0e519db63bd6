using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Primitives;

namespace LoraBridge.Server.Jobs;

/// <summary>What happens to jobs, as a stream that can be taken up again where it broke (Server-Sent Events), or asked for.</summary>
internal static class JobEventsApi
{
    private const int Portion = 500;

    /// <summary>How long a stream is silent at most; less than the minute after which proxies take a connection for dead.</summary>
    private static readonly TimeSpan s_heartbeat = TimeSpan.FromSeconds(15);

    public static void MapJobEvents(this RouteGroupBuilder group) =>
        group.MapGet("/{id}/events", ReadAsync).WithName("GetJobEvents")
            .WithSummary("Give a job's events after one of them: as a stream where text/event-stream is accepted (Last-Event-ID goes on after a break), else as a list")
            .Produces<JobEventList>().Produces(StatusCodes.Status200OK, contentType: "text/event-stream").Produces(StatusCodes.Status204NoContent);

    private static async Task<IResult> ReadAsync(string id, HttpContext context, JobStore store, JobQueue queue, TimeProvider time, IHostApplicationLifetime server, long? after = null, int limit = Portion)
    {
        if (limit is < 1 or > 5000) throw JobException.Invalid("limit", $"limit is {limit}, and must be from 1 to 5000.");
        queue.Get(id);
        var wantsStream = context.Request.Headers.Accept.Any(accepted => accepted?.Contains("text/event-stream", StringComparison.OrdinalIgnoreCase) == true);
        if (!wantsStream) return List(id, store, queue, after ?? 0, limit);

        var last = LastEventId(context.Request.Headers["Last-Event-ID"]) ?? after ?? 0;
        // by which a browser's EventSource knows that there is no point in coming again
        if (queue.Get(id).IsOver && store.Events(id, last, 1).Count == 0) return TypedResults.NoContent();
        context.Response.ContentType = "text/event-stream";
        context.Response.Headers.CacheControl = "no-cache";
        context.Response.Headers["X-Accel-Buffering"] = "no";                   // nginx would keep events back
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, server.ApplicationStopping);
        try
        {
            await StreamAsync(id, last, context.Response, store, time, end.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // the listener has gone, or the server goes
        }
        return TypedResults.Empty;
    }

    private static Ok<JobEventList> List(string id, JobStore store, JobQueue queue, long after, int limit)
    {
        // asked before the events are: a job that is over by then has its last ones
        var isOver = queue.Get(id).IsOver;
        var events = store.Events(id, after, limit);
        return TypedResults.Ok(new JobEventList([.. events.Select(JobEventReport.Of)], events.Count > 0 ? events[^1].Number : after, isOver && events.Count < limit));
    }

    private static async Task StreamAsync(string id, long last, HttpResponse response, JobStore store, TimeProvider time, CancellationToken end)
    {
        await response.WriteAsync("retry: 2000\n\n", end).ConfigureAwait(false);
        while (true)
        {
            var changed = store.Changed;
            var job = store.Find(id);
            var events = store.Events(id, last, Portion);
            foreach (var happened in events)
            {
                last = happened.Number;
                await response.WriteAsync(Message(happened), end).ConfigureAwait(false);
            }
            await response.Body.FlushAsync(end).ConfigureAwait(false);
            if (events.Count == Portion) continue;
            if (job is null or { IsOver: true }) return;
            try
            {
                await changed.WaitAsync(s_heartbeat, time, end).ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                await response.WriteAsync(": still here\n\n", end).ConfigureAwait(false);
            }
        }
    }

    private static string Message(JobEvent happened)
    {
        var text = new StringBuilder();
        text.Append("id: ").Append(happened.Number.ToString(CultureInfo.InvariantCulture)).Append("\nevent: ").Append(happened.Kind).Append("\ndata: ");
        text.Append(JsonSerializer.Serialize(JobEventReport.Of(happened), JsonSerializerOptions.Web)).Append("\n\n");
        return text.ToString();
    }

    private static long? LastEventId(StringValues header) => header.Count == 0 ? null
        : long.TryParse(header.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
        : throw JobException.Invalid("Last-Event-ID", $"Last-Event-ID is '{header}', and must be the number of an event.");
}
