using System.Text.Json;
using LoraBridge.Server.Engine.Protocol;

namespace LoraBridge.Server.Engine.Host;

/// <summary>What an engine can be asked over its socket.</summary>
internal static class EngineRoutes
{
    private static readonly byte[] s_lineEnd = [(byte)'\n'];

    public static void MapEngine(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/calls", Call);
        routes.MapPost("/calls/interrupt", (EngineWorker worker, string? id) => Control(worker, id, job => job.Interrupt()));
        routes.MapPost("/calls/skip", (EngineWorker worker, string? id) => Control(worker, id, job => job.Skip()));
        routes.MapPost("/calls/stop", (EngineWorker worker, string id, TrainingStop how) => Control(worker, id, job => job.StopTraining(how)));
        routes.MapGet("/health", (EngineWorker worker) => Results.Json(worker.Health(), EngineJson.Options));
        routes.MapGet("/memory", (EngineWork work) => Results.Json(new EngineMemory(Environment.WorkingSet, work.Models, work.Device), EngineJson.Options));
    }

    /// <summary>Queues a call and answers with its lines as they come.</summary>
    private static async Task Call(HttpContext http, EngineWorker worker)
    {
        var call = await JsonSerializer.DeserializeAsync<EngineCall>(http.Request.Body, EngineJson.Options, http.RequestAborted).ConfigureAwait(false)
            ?? throw new JsonException("The call is null.");
        http.Response.ContentType = "application/x-ndjson";
        using var job = new EngineJob(call, http.RequestAborted);
        worker.Add(job);
        // read to the end even when nobody listens any more: the torch thread still uses the job
        await foreach (var line in job.Lines.ConfigureAwait(false))
        {
            if (http.RequestAborted.IsCancellationRequested) continue;
            try
            {
                await JsonSerializer.SerializeAsync(http.Response.Body, line, EngineJson.Options, http.RequestAborted).ConfigureAwait(false);
                await http.Response.Body.WriteAsync(s_lineEnd, http.RequestAborted).ConfigureAwait(false);
                await http.Response.Body.FlushAsync(http.RequestAborted).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
            {
                // who asked has gone; the job is stopped by the same token
            }
        }
    }

    private static IResult Control(EngineWorker worker, string? id, Action<EngineJob> action)
    {
        if (worker.Find(id) is not { } job) return Results.NotFound();
        action(job);
        return Results.NoContent();
    }
}
