using LoraBridge.Server.Errors;
using Microsoft.AspNetCore.Http.HttpResults;

namespace LoraBridge.Server.Jobs;

/// <summary>Removes jobs that are over, with their files, as far as the start's setting or a call says.</summary>
internal sealed partial class JobTidying(JobStore store, DataFolder data, ServerSettings settings, TimeProvider time, ILogger<JobTidying> log) : BackgroundService
{
    private static readonly TimeSpan s_interval = TimeSpan.FromHours(1);

    /// <summary>Removes what is not to be kept.</summary>
    /// <param name="keep">What stays.</param>
    /// <param name="isRehearsal">Whether it is only said what would go.</param>
    public TidyReport Tidy(JobRetention keep, bool isRehearsal)
    {
        var over = store.List(new() { States = [JobState.Finished, JobState.Failed, JobState.Cancelled], Limit = int.MaxValue });
        var (removed, bytes) = (new List<string>(), 0L);
        foreach (var job in keep.Going(over, time.GetUtcNow()))
        {
            var size = Size(Path.Combine(data.Jobs, job.Id));
            if (!isRehearsal && !TryDelete(job.Id)) continue;
            removed.Add(job.Id);
            bytes += size;
        }
        if (removed.Count > 0 && !isRehearsal) LogTidied(removed.Count, bytes);
        return new(removed, bytes, over.Count - removed.Count, isRehearsal);
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (settings.KeepJobs == JobRetention.All) return;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                Tidy(settings.KeepJobs, isRehearsal: false);
            }
            catch (Exception failed) when (failed is IOException or UnauthorizedAccessException or Microsoft.Data.Sqlite.SqliteException)
            {
                LogFailed(failed);
            }
            await Task.Delay(s_interval, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private bool TryDelete(string id)
    {
        try
        {
            return JobFolders.Delete(store, data, id, withFiles: true);
        }
        catch (JobException)
        {
            return false;                                                       // resumed in this moment
        }
    }

    private static long Size(string folder) => Directory.Exists(folder)
        ? new DirectoryInfo(folder).EnumerateFiles("*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint }).Sum(file => file.Length)
        : 0;

    [LoggerMessage(LogLevel.Information, "{Count} jobs that were over are removed, {Bytes} bytes")]
    private partial void LogTidied(int count, long bytes);

    [LoggerMessage(LogLevel.Warning, "Old jobs could not be removed; it is tried again in an hour")]
    private partial void LogFailed(Exception error);
}

/// <summary>The route of tidying up.</summary>
internal static class JobTidyingApi
{
    public static void MapJobTidying(this RouteGroupBuilder group) =>
        group.MapPost("/tidy", Tidy).WithName("TidyJobs").WithSummary("Remove old jobs that are over, with their files; adapters that were kept among the adapters stay");

    private static Ok<TidyReport> Tidy(Body<TidyRequest> body, JobTidying tidying)
    {
        try
        {
            return TypedResults.Ok(tidying.Tidy(JobRetention.Parse(body.Value.Keep), body.Value.Rehearse));
        }
        catch (FormatException wrong)
        {
            throw JobException.Invalid("keep", wrong.Message + ".");
        }
    }
}

/// <summary>What is to stay.</summary>
internal sealed record TidyRequest
{
    /// <summary>How many of the jobs that are over (<c>200</c>), or those that ended within some days (<c>30d</c>).</summary>
    public required string Keep { get; init; }

    /// <summary>Whether it is only to be said what would go.</summary>
    public bool Rehearse { get; init; }
}

/// <summary>What tidying up came to.</summary>
/// <param name="Removed">The ids of the jobs that went, or would go.</param>
/// <param name="Bytes">The bytes of their files.</param>
/// <param name="Left">How many jobs that are over are left.</param>
/// <param name="IsRehearsal">Whether nothing was removed.</param>
internal sealed record TidyReport(IReadOnlyList<string> Removed, long Bytes, int Left, bool IsRehearsal);
