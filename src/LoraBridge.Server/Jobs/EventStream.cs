using System.Globalization;
using System.Text;
using System.Text.Json;

namespace LoraBridge.Server.Jobs;

/// <summary>Whether a stream of events has more to send.</summary>
internal enum StreamState
{
    /// <summary>At once.</summary>
    More,

    /// <summary>When something changes.</summary>
    Quiet,

    /// <summary>Never again.</summary>
    Over,
}

/// <summary>Server-Sent Events over rows of the store: whoever listens is woken by changes and reads from where it was.</summary>
internal static class EventStream
{
    /// <summary>How long a stream is silent at most; less than the minute after which proxies take a connection for dead.</summary>
    private static readonly TimeSpan s_heartbeat = TimeSpan.FromSeconds(15);

    /// <summary>Whether the client wants a stream, and no list.</summary>
    public static bool IsWanted(HttpRequest request) => request.Headers.Accept.Any(accepted => accepted?.Contains("text/event-stream", StringComparison.OrdinalIgnoreCase) == true);

    /// <summary>The event that the client has heard last; null where it does not say.</summary>
    /// <exception cref="JobException">It is no number.</exception>
    public static long? LastEventId(HttpRequest request)
    {
        var header = request.Headers["Last-Event-ID"];
        return header.Count == 0 ? null
            : long.TryParse(header.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
            : throw JobException.Invalid("Last-Event-ID", $"Last-Event-ID is '{header}', and must be the number of an event.");
    }

    /// <summary>Streams until there is nothing more, the listener has gone or the server goes.</summary>
    /// <param name="context">The request.</param>
    /// <param name="server">The server's life.</param>
    /// <param name="store">Whose changes wake the stream.</param>
    /// <param name="time">The clock of heartbeats.</param>
    /// <param name="send">Sends what is new.</param>
    public static async Task<IResult> AnswerAsync(HttpContext context, IHostApplicationLifetime server, JobStore store, TimeProvider time, Func<CancellationToken, Task<StreamState>> send)
    {
        context.Response.ContentType = "text/event-stream";
        context.Response.Headers.CacheControl = "no-cache";
        context.Response.Headers["X-Accel-Buffering"] = "no";                   // nginx would keep events back
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, server.ApplicationStopping);
        try
        {
            await context.Response.WriteAsync("retry: 2000\n\n", end.Token).ConfigureAwait(false);
            while (true)
            {
                var changed = store.Changed;
                var state = await send(end.Token).ConfigureAwait(false);
                await context.Response.Body.FlushAsync(end.Token).ConfigureAwait(false);
                if (state == StreamState.Over) break;
                if (state == StreamState.Quiet) await WaitAsync(changed, context.Response, time, end.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // the listener has gone, or the server goes
        }
        return TypedResults.Empty;
    }

    /// <summary>Writes one message.</summary>
    public static Task WriteAsync(HttpResponse response, long id, string kind, object data, CancellationToken end)
    {
        var text = new StringBuilder();
        text.Append("id: ").Append(id.ToString(CultureInfo.InvariantCulture)).Append("\nevent: ").Append(kind).Append("\ndata: ");
        text.Append(JsonSerializer.Serialize(data, data.GetType(), JsonSerializerOptions.Web)).Append("\n\n");
        return response.WriteAsync(text.ToString(), end);
    }

    private static async Task WaitAsync(Task changed, HttpResponse response, TimeProvider time, CancellationToken end)
    {
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
