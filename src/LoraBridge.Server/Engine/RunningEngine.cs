using System.Diagnostics;
using System.Net.Sockets;
using System.Text.Json;
using LoraBridge.Server.Commands;
using LoraBridge.Server.Engine.Protocol;

namespace LoraBridge.Server.Engine;

/// <summary>One engine from its start to its end, spoken to over its socket.</summary>
internal sealed class RunningEngine : IDisposable
{
    private static readonly TimeSpan s_exitLimit = TimeSpan.FromSeconds(10);

    private readonly Process _process;
    private readonly StderrTail _lastWords = new();
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly string _socket;
    private int _exitCode;

    private RunningEngine(EngineSettings settings, string socket)
    {
        _socket = socket;
        _process = new() { StartInfo = EngineProgram.Start(settings, socket) };
        _process.ErrorDataReceived += (_, line) => _lastWords.Add(line.Data);
        _process.OutputDataReceived += (_, line) =>
        {
            if (line.Data == EngineCommand.Ready) _ready.TrySetResult();
        };
        Http = new(new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancel) =>
            {
                var connection = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                try
                {
                    await connection.ConnectAsync(new UnixDomainSocketEndPoint(socket), cancel).ConfigureAwait(false);
                    return new NetworkStream(connection, ownsSocket: true);
                }
                catch
                {
                    connection.Dispose();
                    throw;
                }
            },
        })
        {
            BaseAddress = new("http://engine"),
            Timeout = Timeout.InfiniteTimeSpan,                                 // a training is one answer
        };
    }

    /// <summary>Speaks to it.</summary>
    public HttpClient Http { get; }

    /// <summary>Its process.</summary>
    public int ProcessId { get; private set; }

    /// <summary>Done when the process has ended.</summary>
    public Task Ended { get; private set; } = Task.CompletedTask;

    /// <summary>Why the server ended it; <see cref="EngineEnd.Lost"/> when it did not.</summary>
    public EngineEnd End { get; private set; }

    /// <summary>How it ended, for a person.</summary>
    public string Obituary
    {
        get
        {
            var words = _lastWords.ToString();
            var how = _exitCode > 128 ? $"was ended by signal {_exitCode - 128}{(_exitCode == 137 ? ", as the system does when memory is exhausted" : "")}" : $"ended with code {_exitCode}";
            return $"the engine's process {how}{(words.Length > 0 ? $". Its last words: {words}" : "")}";
        }
    }

    /// <summary>Starts one and waits until it listens.</summary>
    /// <param name="settings">How.</param>
    /// <param name="folder">A folder for its socket that only this user may enter.</param>
    /// <param name="cancel">Gives up, and ends it.</param>
    /// <exception cref="EngineException">It did not come to listen; the message says what it said.</exception>
    public static async Task<RunningEngine> StartAsync(EngineSettings settings, string folder, CancellationToken cancel)
    {
        var engine = new RunningEngine(settings, Path.Combine(folder, $"{Guid.NewGuid():N}.sock"));
        try
        {
            await engine.BeginAsync(settings, cancel).ConfigureAwait(false);
            return engine;
        }
        catch
        {
            engine.Kill(EngineEnd.Dismissed);
            await engine.Ended.ConfigureAwait(false);
            engine.Dispose();
            throw;
        }
    }

    /// <summary>Ends it at once.</summary>
    public void Kill(EngineEnd why)
    {
        if (Ended.IsCompleted) return;
        End = why;
        _process.Kill();
    }

    /// <summary>Ends an idle one in good order, and one that does not follow at once.</summary>
    public async Task DismissAsync()
    {
        if (Ended.IsCompleted) return;
        End = EngineEnd.Dismissed;
        try
        {
            _process.StandardInput.Close();
            await Ended.WaitAsync(s_exitLimit).ConfigureAwait(false);
        }
        catch (Exception stubborn) when (stubborn is TimeoutException or IOException)
        {
            _process.Kill();
            await Ended.ConfigureAwait(false);
        }
    }

    /// <summary>Waits for the end of an engine whose connection broke; one that lives all the same is of no more use and is ended.</summary>
    public async Task EndedSoonAsync()
    {
        try
        {
            await Ended.WaitAsync(s_exitLimit).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            Kill(EngineEnd.Lost);
            await Ended.ConfigureAwait(false);
        }
    }

    /// <summary>Lets go of what the server holds of it.</summary>
    public void Dispose()
    {
        Http.Dispose();
        _process.Dispose();
        File.Delete(_socket);
    }

    private async Task WaitAsync()
    {
        await _process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
        _exitCode = _process.ExitCode;
    }

    private async Task BeginAsync(EngineSettings settings, CancellationToken cancel)
    {
        _process.Start();
        ProcessId = _process.Id;
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        Ended = WaitAsync();
        try
        {
            await _process.StandardInput.WriteLineAsync(JsonSerializer.Serialize(settings.Start, EngineJson.Options)).ConfigureAwait(false);
            await _process.StandardInput.FlushAsync(cancel).ConfigureAwait(false);
        }
        catch (IOException)
        {
            // it is gone already: said below
        }
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(settings.StartLimit);
        try
        {
            await Task.WhenAny(_ready.Task, Ended).WaitAsync(limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw new EngineException(EngineErrorKind.Unavailable, $"The engine did not begin to listen within {settings.StartLimit.TotalSeconds:0} s. {_lastWords}".TrimEnd());
        }
        if (!_ready.Task.IsCompleted) throw new EngineException(EngineErrorKind.Unavailable, $"The engine could not be started: {Obituary}");
    }
}
