using System.Collections.Concurrent;
using System.Diagnostics;
using System.Threading.Channels;
using LoraBridge.Checkpoints;

namespace LoraBridge.Server.Sdapi.Files;

/// <summary>Computes the hashes of model files one after another behind the server's back; nobody waits for one to list files.</summary>
internal sealed partial class HashQueue : IAsyncDisposable
{
    private readonly string _cacheFolder;
    private readonly ILogger<HashQueue> _log;
    private readonly Channel<string> _queue = Channel.CreateUnbounded<string>();
    private readonly ConcurrentDictionary<string, (DateTime Changed, string? Sha256)> _known = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _work;
    private volatile bool _working;

    /// <summary>Begins to work.</summary>
    /// <param name="data">Its cache remembers hashes from one start to the next.</param>
    /// <param name="log">Told of files that cannot be read.</param>
    public HashQueue(DataFolder data, ILogger<HashQueue> log)
    {
        (_cacheFolder, _log) = (data.Cache, log);
        _work = Task.Run(WorkAsync);
    }

    /// <summary>A file's hash if it has been computed since the file changed; else null.</summary>
    public string? Known(string path) => _known.TryGetValue(path, out var known) && known.Changed == File.GetLastWriteTimeUtc(path) ? known.Sha256 : null;

    /// <summary>Asks for hashes; those that are known cost nothing.</summary>
    public void Enqueue(IEnumerable<string> paths)
    {
        foreach (var path in paths.Where(path => Known(path) is null)) _queue.Writer.TryWrite(path);
    }

    /// <summary>Waits until all that were asked for are known or given up.</summary>
    public async Task DrainAsync()
    {
        while (_queue.Reader.Count > 0 || _working) await Task.Delay(10).ConfigureAwait(false);
    }

    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        await _stop.CancelAsync().ConfigureAwait(false);
        await _work.ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task WorkAsync()
    {
        while (await _queue.Reader.WaitToReadAsync().ConfigureAwait(false))
        {
            _working = true;
            while (_queue.Reader.TryRead(out var path) && !_stop.IsCancellationRequested)
                if (Known(path) is null) Compute(path);
            _working = false;
        }
    }

    private void Compute(string path)
    {
        try
        {
            var changed = File.GetLastWriteTimeUtc(path);
            _known[path] = (changed, FileHashes.Sha256(path, _cacheFolder, new Pace(_stop.Token), _stop.Token));
        }
        catch (OperationCanceledException)
        {
            // the server ends: the hash is computed at a later start
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            LogUnreadable(path, error.Message);
        }
    }

    [LoggerMessage(LogLevel.Warning, "{Path} has no hash: {Reason}")]
    private partial void LogUnreadable(string path, string reason);

    /// <summary>Rests three times as long as it worked: nobody waits for a hash, and others want the processor and the disk.</summary>
    private sealed class Pace(CancellationToken stop) : IProgress<long>
    {
        private const int Rest = 3;

        private static readonly TimeSpan s_least = TimeSpan.FromMilliseconds(20);

        private long _began = Stopwatch.GetTimestamp();

        public void Report(long value)
        {
            var worked = Stopwatch.GetElapsedTime(_began);
            if (worked < s_least) return;
            stop.WaitHandle.WaitOne(worked * Rest);
            _began = Stopwatch.GetTimestamp();
        }
    }
}
