using LoraBridge.Files;

namespace LoraBridge.Server;

/// <summary>
/// Removes what a killed server left half written below the data folder: neighbours of atomic files, and uploads. It goes on beside the server's work and takes nothing that
/// was written since the start; nobody else writes there, as the jobs' claim says.
/// </summary>
/// <param name="settings">Which folder.</param>
/// <param name="start">When this server began: what was written later is its own.</param>
/// <param name="log">Told how many there were.</param>
internal sealed partial class DataSweep(ServerSettings settings, DateTime start, ILogger<DataSweep> log) : BackgroundService
{
    // files bear the time of the kernel's last tick, which may be that much old
    private static readonly TimeSpan s_tick = TimeSpan.FromMilliseconds(20);

    private static readonly EnumerationOptions s_all = new() { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint, IgnoreInaccessible = true };

    /// <summary>Removes them; how many there were.</summary>
    /// <param name="folder">The data folder.</param>
    /// <param name="before">What was written later stays.</param>
    /// <param name="cancel">Ends it early.</param>
    public static int Sweep(string folder, DateTime before, CancellationToken cancel)
    {
        if (!Directory.Exists(folder)) return 0;
        var count = 0;
        var uploads = Path.Combine(folder, "cache", "uploads");
        foreach (var file in new DirectoryInfo(folder).EnumerateFiles("*", s_all))
        {
            if (cancel.IsCancellationRequested) break;
            if (!AtomicFile.IsLeftover(file.Name) && file.DirectoryName != uploads) continue;
            try
            {
                if (file.LastWriteTimeUtc >= before) continue;
                file.Delete();
                count++;
            }
            catch (Exception kept) when (kept is IOException or UnauthorizedAccessException)
            {
                // it is only rubbish
            }
        }
        return count;
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var count = await Task.Run(() => Sweep(settings.Data.Path, start - s_tick, stoppingToken), CancellationToken.None).ConfigureAwait(false);
        if (count > 0) LogSwept(count);
    }

    [LoggerMessage(LogLevel.Information, "{Count} files that the last server left half written are removed")]
    private partial void LogSwept(int count);
}
