using System.Globalization;
using LoraBridge.Server.Engine;
using LoraBridge.Server.Jobs;
using Microsoft.Data.Sqlite;

namespace LoraBridge.Server.Status;

/// <summary>Looks at the parts of the server, without starting any.</summary>
internal sealed class HealthCheck(ServerClock clock, JobStore jobs, EngineProcess engine, DataFolder data)
{
    private const string Ok = "ok", Degraded = "degraded", Failed = "failed";
    private const long LittleSpace = 1L << 30;
    private const int ManyFailures = 2;

    private static readonly Lazy<TorchSupply> s_supply = new(TorchSupply.Read);

    /// <summary>How the server is; a part in need makes the whole degraded, one that failed makes it failed.</summary>
    public HealthReport Look()
    {
        HealthPart[] parts = [Store(), Engine(s_supply.Value, engine.Current?.ProcessId, engine.Failures), Disk(MachineFacts.FreeBytes(data.Path), data.Path)];
        var worst = parts.Any(part => part.Status == Failed) ? Failed : parts.Any(part => part.Status == Degraded) ? Degraded : Ok;
        return new(worst, clock.StartedAt, Math.Round(clock.Uptime.TotalSeconds, 3), parts);
    }

    /// <summary>How the engine is.</summary>
    /// <param name="supply">The torch it has.</param>
    /// <param name="processId">Its process; null for none.</param>
    /// <param name="failures">How often it failed in a row.</param>
    public static HealthPart Engine(TorchSupply supply, int? processId, int failures) =>
        supply.Supply == "none" ? new("engine", Degraded, "There is no torch: nothing can be trained or drawn. ./lorabridge setup installs it; --torch PATH names one.")
        : failures >= ManyFailures ? new("engine", Degraded, $"The process that holds torch failed {failures} times in a row; the logs say how. It is started again when it is needed.")
        : new("engine", Ok, processId is { } id ? $"It runs as process {id}." : "None runs; one is started when it is needed.");

    /// <summary>How the disk is.</summary>
    /// <param name="free">Free bytes; null where that is not known.</param>
    /// <param name="path">The data folder.</param>
    public static HealthPart Disk(long? free, string path) =>
        free is not { } bytes ? new("disk", Ok, "The system does not say how much space is left.")
        : bytes < LittleSpace ? new("disk", Degraded, $"Only {Gigabytes(bytes)} are left for {path}: trainings may not be able to save. Delete what is of no use any more, or choose another folder with --data.")
        : new("disk", Ok, $"{Gigabytes(bytes)} are left.");

    private HealthPart Store()
    {
        try
        {
            var counts = jobs.Counts();
            return new("store", Ok, $"{counts.Sum(count => count.Count)} jobs, {counts.Where(count => count.State == JobState.Queued).Sum(count => count.Count)} of them waiting.");
        }
        catch (SqliteException broken)
        {
            return new("store", Failed, $"The jobs' file cannot be read: {broken.Message}. Check the disk of {data.Jobs}, then start the server again.");
        }
    }

    private static string Gigabytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{(double)bytes / (1L << 30):0.0} GiB");
}
