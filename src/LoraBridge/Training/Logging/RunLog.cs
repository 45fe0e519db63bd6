using System.Globalization;
using System.Text;
using LoraBridge.Files;

namespace LoraBridge.Training.Logging;

/// <summary>A run's own log, <c>train.log</c>: lines of text for people, with the time. Warnings are kept for the end. May be used from many threads.</summary>
public sealed class RunLog : IDisposable
{
    private const string Indent = "                             ";

    private readonly DiskStream _file;
    private readonly TimeProvider _time;
    private readonly Lock _lock = new();
    private readonly List<(string Text, int Count)> _warnings = [];

    /// <summary>Goes on with a log, or begins one; the folder must exist.</summary>
    /// <param name="path">The file.</param>
    /// <param name="time">The clock, whose local time is written; null for the system's.</param>
    public RunLog(string path, TimeProvider? time = null)
    {
        _time = time ?? TimeProvider.System;
        _file = new(path, FileMode.Append, FileShare.Read | FileShare.Delete, bufferSize: 0);
    }

    /// <summary>The warnings and errors so far, each once, with how often it came.</summary>
    public IReadOnlyList<(string Text, int Count)> Warnings
    {
        get
        {
            lock (_lock) return [.. _warnings];
        }
    }

    /// <summary>Says what happened.</summary>
    public void Information(string text) => Write("     ", text, isWarning: false);

    /// <summary>Says what may make the result worse; the same text is written once and counted.</summary>
    public void Warning(string text) => Write("WARN ", text, isWarning: true);

    /// <summary>Says what ended the run.</summary>
    public void Error(string text) => Write("ERROR", text, isWarning: true);

    /// <summary>Writes the warnings again, where a reader of the end finds them.</summary>
    public void Summarize()
    {
        var warnings = Warnings;
        if (warnings.Count == 0) Information("No warnings.");
        else Information(string.Join('\n', warnings.Select(warning => warning.Count > 1 ? $"{warning.Text} ({warning.Count} times)" : warning.Text).Prepend($"Warnings: {warnings.Count}")));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock) _file.Dispose();
    }

    private void Write(string level, string text, bool isWarning)
    {
        ArgumentNullException.ThrowIfNull(text);
        lock (_lock)
        {
            if (isWarning && !IsNew(text)) return;
            var stamp = _time.GetLocalNow().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture);
            var lines = text.ReplaceLineEndings("\n").TrimEnd().Replace("\n", "\n" + Indent, StringComparison.Ordinal);
            _file.Write(Encoding.UTF8.GetBytes($"{stamp}  {level}   {lines}\n"));
        }
    }

    private bool IsNew(string text)
    {
        var index = _warnings.FindIndex(warning => warning.Text == text);
        if (index < 0) _warnings.Add((text, 1));
        else _warnings[index] = (text, _warnings[index].Count + 1);
        return index < 0;
    }
}
