using System.Text.Json;
using LoraBridge.Files;

namespace LoraBridge.Training.Logging;

/// <summary>What a history file holds.</summary>
/// <param name="Entries">Its entries, in the order of the file.</param>
/// <param name="Skipped">Lines that are no entries, such as the half that a killed run leaves at the end.</param>
public sealed record HistoryContent(IReadOnlyList<HistoryEntry> Entries, int Skipped);

/// <summary>
/// A run's history: a file of JSON lines that only grows, each line handed to the system whole. A run that goes on cuts it back to the step
/// it goes on from, so that the file ends up as that of a run which was never interrupted. May be used from many threads.
/// </summary>
public sealed class TrainingHistory : IDisposable
{
    private readonly DiskStream _file;
    private readonly Lock _lock = new();

    private TrainingHistory(string path) => _file = new(path, FileMode.Append, FileShare.Read | FileShare.Delete, bufferSize: 0);

    /// <summary>Begins a run's history; an older file of the name is replaced.</summary>
    public static TrainingHistory Begin(string path)
    {
        AtomicFile.Write(path, []);
        return new(path);
    }

    /// <summary>Goes on with a history: what is of later steps, and what is no whole line, is cut off first.</summary>
    /// <param name="path">The file; where there is none it begins empty.</param>
    /// <param name="step">The step that the run goes on from; its own entries stay.</param>
    public static TrainingHistory Resume(string path, long step)
    {
        var kept = File.Exists(path) ? Read(path).Entries.Where(entry => entry.Step <= step) : [];
        AtomicFile.Write(path, [.. kept.SelectMany(Line)]);
        return new(path);
    }

    /// <summary>Reads a history, also one that is being written.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    public static HistoryContent Read(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var reader = new StreamReader(file);
        var entries = new List<HistoryEntry>();
        var skipped = 0;
        while (reader.ReadLine() is { } line)
        {
            if (line.Length == 0) continue;
            if (Parse(line) is { } entry) entries.Add(entry);
            else skipped++;
        }
        return new(entries, skipped);
    }

    /// <summary>Adds an entry.</summary>
    /// <exception cref="IOException">It cannot be written; nothing of it stays in the file.</exception>
    public void Add(HistoryEntry entry)
    {
        var line = Line(entry);
        lock (_lock)
        {
            var length = _file.Length;
            try
            {
                _file.Write(line);
            }
            catch (IOException)
            {
                // half a line would spoil the next one too
                _file.SetLength(length);
                throw;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock) _file.Dispose();
    }

    private static byte[] Line(HistoryEntry entry) => [.. JsonSerializer.SerializeToUtf8Bytes(entry, HistoryJson.Default.HistoryEntry), (byte)'\n'];

    private static HistoryEntry? Parse(string line)
    {
        try
        {
            return JsonSerializer.Deserialize(line, HistoryJson.Default.HistoryEntry);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
