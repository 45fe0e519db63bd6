using LoraBridge.Training.Logging;
using Microsoft.AspNetCore.Http.HttpResults;

namespace LoraBridge.Server.Jobs;

/// <summary>What a job wrote: its files by the names that are listed, and of trainings the history and the log.</summary>
internal static class JobFilesApi
{
    private const int MostEntries = 100_000;

    private static readonly Dictionary<string, string> s_types = new(StringComparer.OrdinalIgnoreCase)
    {
        [".png"] = "image/png",
        [".json"] = "application/json",
        [".jsonl"] = "application/jsonl",
        [".log"] = "text/plain; charset=utf-8",
        [".txt"] = "text/plain; charset=utf-8",
        [".safetensors"] = "application/octet-stream",
    };

    public static void MapJobFiles(this RouteGroupBuilder group)
    {
        group.MapGet("/{id}/files", List).WithName("ListJobFiles").WithSummary("List the files that a job wrote");
        group.MapGet("/{id}/files/{**name}", Read).WithName("GetJobFile").WithSummary("Read a file that a job wrote, by its name in the list");
        group.MapGet("/{id}/samples", Samples).WithName("ListJobSamples").WithSummary("List the pictures that a job drew, the oldest first");
        group.MapGet("/{id}/history", History).WithName("GetJobHistory").WithSummary("Give a training's losses, rates and happenings after a step");
        group.MapGet("/{id}/log", Log).WithName("GetJobLog").WithSummary("Read a training's log, lines for people");
    }

    private static Ok<JobFileList> List(string id, JobQueue queue) => TypedResults.Ok(new JobFileList([.. Files(queue.Get(id), queue)]));

    private static PhysicalFileHttpResult Read(string id, string name, JobQueue queue)
    {
        var job = queue.Get(id);
        if (!Files(job, queue).Any(file => file.Name == name)) throw new JobException(StatusCodes.Status404NotFound, $"The job has no file '{name}'. GET /lorabridge/v1/jobs/{id}/files lists those it has.");
        return TypedResults.PhysicalFile(Path.Combine(queue.FolderOf(id), name), s_types[Path.GetExtension(name)], enableRangeProcessing: true);
    }

    private static Ok<JobFileList> Samples(string id, JobQueue queue)
    {
        var files = Files(queue.Get(id), queue).Where(file => file.Name.EndsWith(".png", StringComparison.OrdinalIgnoreCase) && !file.Name.EndsWith("-loss.png", StringComparison.OrdinalIgnoreCase));
        return TypedResults.Ok(new JobFileList([.. files.OrderBy(file => file.WrittenAt).ThenBy(file => file.Name, StringComparer.Ordinal)]));
    }

    private static Ok<HistoryReport> History(string id, JobQueue queue, long after = -1, int limit = MostEntries)
    {
        if (limit is < 1 or > MostEntries) throw JobException.Invalid("limit", $"limit is {limit}, and must be from 1 to {MostEntries}.");
        var job = queue.Get(id);
        if (Files(job, queue).FirstOrDefault(file => file.Name.EndsWith("-history.jsonl", StringComparison.Ordinal)) is not { } file) return TypedResults.Ok(new HistoryReport([]));
        var entries = TrainingHistory.Read(Path.Combine(queue.FolderOf(id), file.Name)).Entries;
        return TypedResults.Ok(new HistoryReport([.. entries.Where(entry => entry.Step > after).Take(limit).Select(HistoryLine.Of)]));
    }

    private static Results<PhysicalFileHttpResult, ContentHttpResult> Log(string id, JobQueue queue) => Files(queue.Get(id), queue).Any(file => file.Name == "train.log")
        ? TypedResults.PhysicalFile(Path.Combine(queue.FolderOf(id), "train.log"), s_types[".log"])
        : TypedResults.Text("", s_types[".log"]);

    /// <summary>The files that may be read: of known kinds, finished, and below the job's folder, in which links are not followed.</summary>
    internal static IEnumerable<JobFile> Files(Job job, JobQueue queue)
    {
        var folder = new DirectoryInfo(queue.FolderOf(job.Id));
        if (!folder.Exists) return [];
        var all = folder.EnumerateFiles("*", new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = 2, AttributesToSkip = FileAttributes.ReparsePoint | FileAttributes.Hidden });
        return
            from file in all
            where s_types.ContainsKey(file.Extension)
            let name = Path.GetRelativePath(folder.FullName, file.FullName).Replace('\\', '/')
            orderby name
            select new JobFile(name, file.Length, file.LastWriteTimeUtc);
    }

    /// <summary>The names of those that are adapters; states, from which trainings go on, are none.</summary>
    internal static IReadOnlyList<string> Adapters(Job job, JobQueue queue) =>
    [
        .. Files(job, queue).Select(file => file.Name)
            .Where(name => name.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase) && !name.EndsWith(".state.safetensors", StringComparison.OrdinalIgnoreCase)),
    ];
}

/// <summary>A training's history.</summary>
/// <param name="Entries">In their order.</param>
internal sealed record HistoryReport(IReadOnlyList<HistoryLine> Entries);

/// <summary>An entry of a history; what is no number (NaN, infinity) is absent.</summary>
/// <param name="Step">Optimizer steps done.</param>
/// <param name="Epoch">The epoch, from 0.</param>
/// <param name="Loss">The loss of the step.</param>
/// <param name="SmoothedLoss">The running mean of the loss.</param>
/// <param name="GradientNorm">The norm of all gradients before they were clipped.</param>
/// <param name="LearningRates">The learning rate of each group of parameters.</param>
/// <param name="Validation">Figures of pictures set aside.</param>
/// <param name="Event">What happened, in camelCase, such as <c>saved</c>.</param>
/// <param name="Text">Which file or picture.</param>
/// <param name="Time">When.</param>
internal sealed record HistoryLine(long Step, int Epoch, double? Loss, double? SmoothedLoss, double? GradientNorm, SortedDictionary<string, double>? LearningRates,
    SortedDictionary<string, double>? Validation, string? Event, string? Text, DateTimeOffset? Time)
{
    public static HistoryLine Of(HistoryEntry entry) => new(entry.Step, entry.Epoch, Finite(entry.Loss), Finite(entry.SmoothedLoss), Finite(entry.GradientNorm), Finite(entry.LearningRates),
        Finite(entry.Validation), entry.Event is { } happened ? System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(happened.Kind.ToString()) : null, entry.Event?.Text, entry.Timing?.Time);

    private static double? Finite(double? number) => number is { } value && double.IsFinite(value) ? value : null;

    private static SortedDictionary<string, double>? Finite(SortedDictionary<string, double>? numbers) =>
        numbers is null ? null : new(numbers.Where(pair => double.IsFinite(pair.Value)).ToDictionary(pair => pair.Key, pair => pair.Value), StringComparer.Ordinal);
}
