using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Threading.Channels;

namespace LoraBridge.Server.Logs;

/// <summary>
/// Writes entries to <c>lorabridge.log</c>, one JSON object a line, on a thread of its own: nobody waits for the disk. A file that is full becomes
/// <c>lorabridge.1.log</c>, the one of that name <c>.2.</c>, and so on; the oldest goes. A disk that refuses costs the entries, never the server.
/// </summary>
internal sealed class LogFile : IAsyncDisposable
{
    private const int MostWaiting = 10_000;

    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly string _folder;
    private readonly long _mostBytes;
    private readonly int _files;
    private readonly Channel<LogEntry> _waiting;
    private readonly TaskCompletionSource<bool> _begin = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _writing;
    private FileStream? _file;
    private long _dropped;

    /// <summary>Begins to keep entries, which are written once it is told to begin; the folder is made with the first.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="mostBytes">When a file is full.</param>
    /// <param name="files">How many files are kept.</param>
    public LogFile(string folder, long mostBytes = 8 << 20, int files = 5)
    {
        (_folder, _mostBytes, _files) = (folder, mostBytes, files);
        _waiting = Channel.CreateBounded<LogEntry>(new BoundedChannelOptions(MostWaiting) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });
        _writing = Task.Run(WriteAsync);
    }

    /// <summary>How many entries were lost.</summary>
    public long Dropped => Interlocked.Read(ref _dropped);

    /// <summary>Begins to write: the folder is this server's, and nobody else writes there.</summary>
    public void Begin() => _begin.TrySetResult(true);

    /// <summary>Puts an entry behind those that wait.</summary>
    public void Add(LogEntry entry)
    {
        if (!_waiting.Writer.TryWrite(entry)) Interlocked.Increment(ref _dropped);
    }

    /// <summary>Writes what waits, and ends.</summary>
    public async ValueTask DisposeAsync()
    {
        _waiting.Writer.TryComplete();
        _begin.TrySetResult(false);
        await _writing.ConfigureAwait(false);
    }

    private async Task WriteAsync()
    {
        if (!await _begin.Task.ConfigureAwait(false)) return;
        await foreach (var entry in _waiting.Reader.ReadAllAsync().ConfigureAwait(false))
        {
            try
            {
                Write(entry);
                if (_waiting.Reader.Count == 0) await _file!.FlushAsync().ConfigureAwait(false);
            }
            catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
            {
                Interlocked.Increment(ref _dropped);
                Close();
            }
        }
        Close();
    }

    private void Write(LogEntry entry)
    {
        var line = JsonSerializer.SerializeToUtf8Bytes(entry, s_json);
        _file ??= Open();
        if (_file.Length > 0 && _file.Length + line.Length >= _mostBytes)
        {
            Close();
            Rotate();
            _file = Open();
        }
        _file.Write(line);
        _file.Write("\n"u8);
    }

    private FileStream Open()
    {
        Directory.CreateDirectory(_folder);
        var file = new FileStream(PathOf(0), FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
        // a server that was killed may have left half a line
        if (file.Length > 0 && !EndsWithLine()) file.Write("\n"u8);
        return file;
    }

    private bool EndsWithLine()
    {
        using var file = new FileStream(PathOf(0), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        file.Seek(-1, SeekOrigin.End);
        return file.ReadByte() == '\n';
    }

    private void Rotate()
    {
        File.Delete(PathOf(_files - 1));
        for (var i = _files - 2; i >= 0; i--) if (File.Exists(PathOf(i))) File.Move(PathOf(i), PathOf(i + 1), overwrite: true);
    }

    private void Close()
    {
        try
        {
            _file?.Dispose();
        }
        catch (IOException)
        {
            // what was in its buffer is lost with it
        }
        _file = null;
    }

    private string PathOf(int number) => Path.Combine(_folder, number == 0 ? "lorabridge.log" : string.Create(CultureInfo.InvariantCulture, $"lorabridge.{number}.log"));
}
