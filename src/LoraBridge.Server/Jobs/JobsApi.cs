using System.Text.Json.Nodes;
using LoraBridge.Server.Datasets;
using LoraBridge.Server.Engine;
using LoraBridge.Server.Jobs.Kinds;
using Microsoft.AspNetCore.Http.HttpResults;

namespace LoraBridge.Server.Jobs;

/// <summary>Work that takes long: asked for, watched, paused, gone on with.</summary>
internal static class JobsApi
{
    private const int MostListed = 1000;

    /// <summary>Adds the queue, its store, its worker and the kinds of jobs there are.</summary>
    public static IServiceCollection AddJobs(this IServiceCollection services) => services
        .AddSingleton(provider => provider.GetRequiredService<ServerSettings>().Data)
        .AddSingleton(provider => JobStore.Open(provider.GetRequiredService<DataFolder>().Jobs, provider.GetRequiredService<TimeProvider>()))
        .AddSingleton(provider => new TrainKind(provider.GetRequiredService<EngineClient>(), provider.GetRequiredService<JobDefaults>(), provider.GetRequiredService<RequestFiles>()).Kind)
        .AddSingleton<JobDefaults>()
        .AddSingleton<RequestFiles>()
        .AddToolKinds()
        .AddSingleton(provider => new LabelKind(provider.GetRequiredService<DatasetStore>(), provider.GetRequiredService<Captions>()).Kind)
        .AddSingleton<JobKinds>()
        .AddSingleton(MakeRunner)
        .AddHostedService(provider => provider.GetRequiredService<JobRunner>())
        .AddSingleton<JobQueue>()
        .AddSingleton<JobTidying>()
        .AddHostedService(provider => provider.GetRequiredService<JobTidying>())
        .AddSingleton<JobComparison>()
        .AddExceptionHandler<JobErrorHandler>();

    public static RouteGroupBuilder MapJobs(this IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/lorabridge/v1/jobs").WithTags("Jobs");

        group.MapPost("/", Add).WithName("AddJob").WithSummary("Queue a job, or one for every combination of a sweep's values");
        group.MapGet("/", List).WithName("ListJobs").WithSummary("List jobs: those in work, the queue in its order, then the others");
        group.MapPost("/estimate", EstimateAsync).WithName("EstimateTraining").WithSummary("Say what a training will be and take, and what is wrong with its settings and pictures, without queueing it");
        group.MapGet("/{id}", Read).WithName("GetJob").WithSummary("Show a job");
        group.MapPatch("/{id}", Edit).WithName("EditJob").WithSummary("Change a job's name, priority or place, and what a restart means to it");
        group.MapDelete("/{id}", Delete).WithName("DeleteJob").WithSummary("Forget a job that is not in work, with its files if that is wanted");
        group.MapPost("/{id}/pause", Pause).WithName("PauseJob").WithSummary("End a job so that it can go on later");
        group.MapPost("/{id}/resume", Resume).WithName("ResumeJob").WithSummary("Queue a job that was paused, failed or was cancelled again; it goes on from what was saved last");
        group.MapPost("/{id}/finish", Finish).WithName("FinishJob").WithSummary("Stop a training and save it: what it learned by now is its result");
        group.MapPost("/{id}/cancel", Cancel).WithName("CancelJob").WithSummary("Give a job up; what it saved before stays");
        group.MapPost("/{id}/clone", Clone).WithName("CloneJob").WithSummary("Queue the same once more from its beginning, with other values where they are given");
        group.MapPost("/{id}/extend", Extend).WithName("ExtendJob").WithSummary("Make a training longer, as in three more epochs, and let it go on from its end");
        group.MapJobEvents();
        group.MapJobFeed();
        group.MapJobSettings();
        group.MapJobTidying();
        group.MapJobFiles();
        group.MapJobKeeping();

        return group;
    }

    private static JobRunner MakeRunner(IServiceProvider services) => new(services.GetRequiredService<JobStore>(), services.GetRequiredService<JobKinds>(),
        services.GetRequiredService<DataFolder>(), services.GetRequiredService<TimeProvider>(), services.GetRequiredService<ILogger<JobRunner>>())
    {
        HoldsJobs = services.GetRequiredService<ServerSettings>().HoldJobs,
    };

    private static IServiceCollection AddToolKinds(this IServiceCollection services)
    {
        foreach (var name in ToolKinds.Names) services.AddSingleton(provider => ToolKinds.Get(name, provider.GetRequiredService<EngineClient>(), provider.GetRequiredService<RequestFiles>(), provider.GetRequiredService<JobDefaults>()));
        return services;
    }

    private static Created<JobsAdded> Add(NewJob job, JobQueue queue)
    {
        var added = queue.Add(job);
        return TypedResults.Created(new Uri(added.Jobs.Count == 1 ? $"/lorabridge/v1/jobs/{added.Jobs[0].Id}" : $"/lorabridge/v1/jobs?group={added.Jobs[0].Group}", UriKind.Relative), JobsAdded.Of(added));
    }

    private static Ok<JobList> List(JobStore store, string? state = null, string? kind = null, string? group = null, int limit = 200, int offset = 0)
    {
        if (limit is < 1 or > MostListed) throw JobException.Invalid("limit", $"limit is {limit}, and must be from 1 to {MostListed}.");
        if (offset < 0) throw JobException.Invalid("offset", $"offset is {offset}, and must not be negative.");
        var states = state?.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(ReadState).ToList();
        var last = store.LastSequence;                                          // before the list: what comes in between is told twice, not never
        return TypedResults.Ok(new JobList([.. store.List(new() { States = states, Kind = kind, Group = group, Limit = limit, Offset = offset }).Select(JobReport.Of)], last));
    }

    private static async Task<Ok<TrainForecast>> EstimateAsync(JsonObject request, EngineClient engine, JobDefaults defaults, RequestFiles files, CancellationToken cancel, bool measure = false) =>
        TypedResults.Ok(await TrainEstimate.OfAsync(request, measure, engine, defaults, files, cancel).ConfigureAwait(false));

    private static Ok<JobReport> Read(string id, JobQueue queue) => TypedResults.Ok(JobReport.Of(queue.Get(id)));

    private static Ok<JobReport> Edit(string id, JobEdit edit, JobQueue queue) => TypedResults.Ok(JobReport.Of(queue.Edit(id, edit)));

    private static NoContent Delete(string id, JobQueue queue, bool files = false)
    {
        queue.Delete(id, files);
        return TypedResults.NoContent();
    }

    private static Ok<JobReport> Pause(string id, JobQueue queue) => TypedResults.Ok(JobReport.Of(queue.Pause(id)));

    private static Ok<JobReport> Resume(string id, JobQueue queue) => TypedResults.Ok(JobReport.Of(queue.Resume(id)));

    private static Ok<JobReport> Finish(string id, JobQueue queue) => TypedResults.Ok(JobReport.Of(queue.Finish(id)));

    private static Ok<JobReport> Cancel(string id, JobQueue queue) => TypedResults.Ok(JobReport.Of(queue.Cancel(id)));

    private static Created<JobsAdded> Clone(string id, JobCopy? copy, JobQueue queue)
    {
        var added = queue.Clone(id, copy ?? new());
        return TypedResults.Created(new Uri($"/lorabridge/v1/jobs/{added.Jobs[0].Id}", UriKind.Relative), JobsAdded.Of(added));
    }

    private static Ok<JobReport> Extend(string id, MoreWork more, JobQueue queue) => TypedResults.Ok(JobReport.Of(queue.Extend(id, more)));

    private static JobState ReadState(string name) => Enum.TryParse<JobState>(name, ignoreCase: true, out var state) && !char.IsAsciiDigit(name[0])
        ? state
        : throw JobException.Invalid("state", $"There is no state '{name}'. Give some of {string.Join(", ", Enum.GetValues<JobState>().Select(JobRows.NameOf))}, with commas between them.");
}
