using System.Text.Json;
using LoraBridge.Server.Engine.Protocol;

namespace LoraBridge.Server.Engine;

/// <summary>The engine as the server keeps it: started when it is needed, watched, ended when it is idle or stands still.</summary>
internal sealed partial class EngineProcess : IAsyncDisposable
{
    private static readonly TimeSpan s_longestPause = TimeSpan.FromSeconds(30);

    private readonly TimeProvider _time;
    private readonly ILogger<EngineProcess> _log;
    private readonly SemaphoreSlim _gate = new(1);
    private readonly CancellationTokenSource _over = new();
    private readonly Lazy<string> _folder;
    private readonly Task _watch;
    private RunningEngine? _engine;
    private int _uses, _failures;
    private long _lastUse;
    private DateTimeOffset _notBefore;

    /// <summary>Keeps an engine; none runs yet.</summary>
    public EngineProcess(EngineSettings settings, TimeProvider time, ILogger<EngineProcess> log)
    {
        (Settings, _time, _log) = (settings, time, log);
        _folder = new(() => SocketFolder(settings.Trace));
        _lastUse = time.GetTimestamp();
        _watch = WatchAsync();
    }

    /// <summary>How it is kept. Limits of time count from now on when they are changed, what an engine is told from its start with the next one.</summary>
    public EngineSettings Settings { get; set; }

    /// <summary>The engine that runs; null when there is none. It may end at any moment.</summary>
    public RunningEngine? Current => _engine is { Ended.IsCompleted: false } engine ? engine : null;

    /// <summary>How many engines were started.</summary>
    public int Starts { get; private set; }

    /// <summary>How many of them ended though nobody had ended them.</summary>
    public int Losses { get; private set; }

    /// <summary>How many failures there were since the last call that went well.</summary>
    public int Failures => Volatile.Read(ref _failures);

    /// <summary>The engine, started if there is none, and kept until the result is disposed.</summary>
    /// <exception cref="EngineException">It cannot be started.</exception>
    public async Task<EngineUse> UseAsync(CancellationToken cancel)
    {
        await _gate.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            if (Current is not { } engine) engine = await StartAsync(cancel).ConfigureAwait(false);
            Interlocked.Increment(ref _uses);
            return new(this, engine);
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Ends the engine if nobody uses it.</summary>
    /// <returns>Whether there is none now.</returns>
    public async Task<bool> DismissAsync(CancellationToken cancel)
    {
        await _gate.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            if (Current is not { } engine) return true;
            if (Volatile.Read(ref _uses) > 0) return false;
            await engine.DismissAsync().ConfigureAwait(false);
            LogDismissed(engine.ProcessId);
            return true;
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Ends the engine, after it has saved what it trains.</summary>
    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync().ConfigureAwait(false);
        await _watch.ConfigureAwait(false);
        if (Current is { } engine)
        {
            await PauseTrainingAsync(engine).ConfigureAwait(false);
            await engine.DismissAsync().ConfigureAwait(false);
        }
        _engine?.Dispose();
        if (_folder.IsValueCreated) Directory.Delete(_folder.Value, recursive: true);
        if (_folder.IsValueCreated && Settings.Trace is { } trace) File.Delete(trace);
        _gate.Dispose();
        _over.Dispose();
    }

    /// <summary>A call went well: whatever ended engines before is over.</summary>
    internal void Succeeded() => _failures = 0;

    internal void Release()
    {
        _lastUse = _time.GetTimestamp();
        Interlocked.Decrement(ref _uses);
    }

    private async Task<RunningEngine> StartAsync(CancellationToken cancel)
    {
        _engine?.Dispose();
        _engine = null;
        if (_notBefore - _time.GetUtcNow() is { Ticks: > 0 } pause) await Task.Delay(pause, _time, cancel).ConfigureAwait(false);
        try
        {
            _engine = await RunningEngine.StartAsync(Settings, _folder.Value, cancel).ConfigureAwait(false);
        }
        catch (EngineException)
        {
            Failed();
            throw;
        }
        Starts++;
        LogStarted(_engine.ProcessId);
        _ = WhenEndedAsync(_engine);
        return _engine;
    }

    private async Task WhenEndedAsync(RunningEngine engine)
    {
        await engine.Ended.ConfigureAwait(false);
        if (engine.End == EngineEnd.Dismissed) return;
        Failed();
        Losses++;
        LogLost(engine.ProcessId, engine.Obituary);
    }

    /// <summary>The first loss may be chance; who dies again and again is given time.</summary>
    private void Failed()
    {
        var pause = ++_failures <= 1 ? TimeSpan.Zero : TimeSpan.FromSeconds(Math.Min(s_longestPause.TotalSeconds, 0.25 * Math.Pow(2, Math.Min(_failures, 20))));
        _notBefore = _time.GetUtcNow() + pause;
    }

    /// <summary>Looks after the engine: ends one that stands still in the middle of a call, and one that nobody has needed for long.</summary>
    private async Task WatchAsync()
    {
        try
        {
            while (true)
            {
                await Task.Delay(WatchInterval, _time, _over.Token).ConfigureAwait(false);
                if (Current is not { } engine) continue;
                if (Volatile.Read(ref _uses) > 0) await CheckAsync(engine).ConfigureAwait(false);
                else if (Settings.IdleTime is { } idle && _time.GetElapsedTime(Volatile.Read(ref _lastUse)) >= idle) await DismissAsync(_over.Token).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException) when (_over.IsCancellationRequested)
        {
            // the server ends
        }
    }

    private TimeSpan WatchInterval => TimeSpan.FromSeconds(Math.Clamp(Math.Min(Settings.SilenceLimit.TotalSeconds, Settings.IdleTime?.TotalSeconds ?? 4) / 4, 0.05, 1));

    private async Task CheckAsync(RunningEngine engine)
    {
        var silence = Settings.SilenceLimit;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(_over.Token);
        limit.CancelAfter(silence);
        try
        {
            var health = await engine.Http.GetFromJsonAsync<EngineHealth>("/health", EngineJson.Options, limit.Token).ConfigureAwait(false);
            if (health!.SilentSeconds < silence.TotalSeconds) return;
        }
        catch (OperationCanceledException) when (!_over.IsCancellationRequested)
        {
            // not even that is answered
        }
        catch (Exception gone) when (gone is HttpRequestException or IOException or JsonException)
        {
            return;                                                             // it has ended, which others notice
        }
        LogHung(engine.ProcessId, silence.TotalSeconds);
        engine.Kill(EngineEnd.Hung);
    }

    private async Task PauseTrainingAsync(RunningEngine engine)
    {
        using var limit = new CancellationTokenSource(Settings.GoodbyeLimit);
        try
        {
            while (await engine.Http.GetFromJsonAsync<EngineHealth>("/health", EngineJson.Options, limit.Token).ConfigureAwait(false) is { Training: { } training })
            {
                using var answer = await engine.Http.PostAsync(new Uri($"/calls/stop?id={Uri.EscapeDataString(training)}&how={TrainingStop.Pause}", UriKind.Relative), null, limit.Token).ConfigureAwait(false);
                await Task.Delay(TimeSpan.FromMilliseconds(50), limit.Token).ConfigureAwait(false);
            }
        }
        catch (Exception late) when (late is OperationCanceledException or HttpRequestException or IOException)
        {
            // what it saved last must do
        }
    }

    /// <summary>A folder that only this user may enter; its path must leave room for a socket's name, which the system limits to some hundred characters.</summary>
    private static string SocketFolder(string? trace)
    {
        const int MostCharacters = 60;
        var folder = Path.Combine(Path.GetTempPath(), "lorabridge-" + Guid.NewGuid().ToString("N")[..12]);
        if (folder.Length > MostCharacters && !OperatingSystem.IsWindows()) folder = Path.Combine("/tmp", Path.GetFileName(folder));
        if (trace is not null) EngineTrace.Write(trace, folder);               // first: whatever ends this process, the next one finds it
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(folder);
        else Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return folder;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The engine runs as process {ProcessId}")]
    private partial void LogStarted(int processId);

    [LoggerMessage(Level = LogLevel.Information, Message = "The engine {ProcessId} was ended, which gives all its memory back")]
    private partial void LogDismissed(int processId);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The engine {ProcessId} was lost: {How}")]
    private partial void LogLost(int processId, string how);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The engine {ProcessId} gave no sign of life for {Seconds} s and is ended")]
    private partial void LogHung(int processId, double seconds);
}

/// <summary>The right to use an engine, which stays until this is disposed.</summary>
internal sealed class EngineUse(EngineProcess process, RunningEngine engine) : IDisposable
{
    private bool _isOver;

    public RunningEngine Engine => engine;

    public void Dispose()
    {
        if (_isOver) return;
        _isOver = true;
        process.Release();
    }
}
