using System.Text.Json;
using LoraBridge.Files;

namespace LoraBridge.Server.Link.WebUi;

/// <summary>What must not be forgotten whatever ends this process.</summary>
/// <param name="Url">The WebUI that it is about.</param>
/// <param name="ReleasedAt">Since when it may be without its model because of us; null where it is not.</param>
/// <param name="RefreshOwed">Whether it is still to be told of new adapters.</param>
/// <param name="LastEvent">The number, among the events of all jobs, up to which adapters were looked for; null before the first time.</param>
internal sealed record WebUiDebts(Uri? Url = null, DateTimeOffset? ReleasedAt = null, bool RefreshOwed = false, long? LastEvent = null);

/// <summary>Keeps <see cref="WebUiDebts"/> in a file, which is written before what it says is done.</summary>
internal sealed partial class WebUiMemo
{
    private readonly string _path;
    private readonly ILogger _log;
    private readonly Lock _lock = new();
    private WebUiDebts _debts;

    /// <summary>Reads the file; one that is damaged counts as a debt, as giving back twice does no harm.</summary>
    public WebUiMemo(string path, ILogger<WebUiMemo> log)
    {
        (_path, _log) = (path, log);
        _debts = Read();
    }

    /// <summary>What is owed.</summary>
    public WebUiDebts Debts
    {
        get
        {
            lock (_lock) return _debts;
        }
    }

    /// <summary>Changes it, on the disk first.</summary>
    public void Change(Func<WebUiDebts, WebUiDebts> change)
    {
        lock (_lock)
        {
            var after = change(_debts);
            if (after == _debts) return;
            _debts = after;
            try
            {
                Directory.CreateDirectory(Path.GetDirectoryName(_path)!);
                AtomicFile.Write(_path, JsonSerializer.SerializeToUtf8Bytes(after));
            }
            catch (Exception failed) when (failed is IOException or UnauthorizedAccessException)
            {
                LogUnwritten(failed);                                           // a full disk must not keep a training from its start
            }
        }
    }

    private WebUiDebts Read()
    {
        if (!File.Exists(_path)) return new();
        try
        {
            return JsonSerializer.Deserialize<WebUiDebts>(File.ReadAllBytes(_path)) ?? new();
        }
        catch (JsonException)
        {
            return new(null, DateTimeOffset.UnixEpoch, true);
        }
    }

    [LoggerMessage(LogLevel.Error, "What is owed to the WebUI cannot be written down")]
    private partial void LogUnwritten(Exception error);
}
