using System.Text.Json;
using System.Text.Json.Nodes;
using LoraBridge.Server.Errors;
using Microsoft.AspNetCore.Http.HttpResults;

namespace LoraBridge.Server.Jobs;

/// <summary>A job's settings as one file, taken out and brought in; and two jobs' settings side by side.</summary>
internal static class JobSettingsApi
{
    private static readonly JsonSerializerOptions s_written = new(JobJson.Options) { WriteIndented = true };

    public static void MapJobSettings(this RouteGroupBuilder group)
    {
        group.MapGet("/comparison", Compare).WithName("CompareJobs").WithSummary("Say in which settings two jobs differ, as they take effect");
        group.MapGet("/{id}/settings", Export).WithName("ExportJobSettings").WithSummary("Give a job's settings as one file, from which the same can be asked for on any LoraBridge").Produces<JobFileContent>();
        group.MapPost("/import", Import).WithName("ImportJobSettings").WithSummary("Queue what the file of a job's settings asks for");
    }

    private static Ok<JobDifferences> Compare(string first, string second, JobComparison comparison) => TypedResults.Ok(comparison.Compare(first, second));

    private static FileContentHttpResult Export(string id, JobQueue queue)
    {
        var job = queue.Get(id);
        var content = new JobFileContent { Kind = job.Kind, Name = job.Name, GoesOn = job.GoesOn, Request = JobJson.Object(job.Request) };
        var name = string.Concat(job.Name.Select(sign => char.IsAsciiLetterOrDigit(sign) || sign is '-' or '_' or '.' ? sign : '_')).Trim('_', '.');
        return TypedResults.File(JsonSerializer.SerializeToUtf8Bytes(content, s_written), "application/json", $"{(name.Length > 0 ? name : job.Id)}.job.json");
    }

    private static Created<JobsAdded> Import(Body<JobFileContent> body, JobQueue queue, bool paused = false)
    {
        var content = body.Value;
        if (content.LoraBridgeJob != JobFileContent.Version)
            throw RequestException.Invalid("loraBridgeJob", $"The file's form is {content.LoraBridgeJob}, and this LoraBridge reads {JobFileContent.Version}.", "Take it out of a LoraBridge of this version, or use a newer one.");
        var added = queue.Add(new() { Kind = content.Kind, Name = content.Name, GoesOn = content.GoesOn, Paused = paused, Request = content.Request });
        return TypedResults.Created(new Uri($"/lorabridge/v1/jobs/{added.Jobs[0].Id}", UriKind.Relative), JobsAdded.Of(added));
    }
}

/// <summary>A job's settings as a file.</summary>
internal sealed record JobFileContent
{
    /// <summary>The form that this program writes.</summary>
    public const int Version = 1;

    /// <summary>The form of the file.</summary>
    public int LoraBridgeJob { get; init; } = Version;

    /// <summary>What is to be done.</summary>
    public required string Kind { get; init; }

    /// <summary>What to call it.</summary>
    public string Name { get; init; } = "";

    /// <summary>Whether it goes on by itself when the server ended in the middle of it.</summary>
    public bool GoesOn { get; init; } = true;

    /// <summary>What is asked for, in the kind's words.</summary>
    public required JsonObject Request { get; init; }
}
