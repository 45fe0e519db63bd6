namespace LoraBridge.Server.Engine;

/// <summary>The last lines of a process's standard error, for the message that says how it ended.</summary>
internal sealed class StderrTail
{
    private const int MostLines = 20, MostCharacters = 2000;

    private readonly Queue<string> _lines = new();

    /// <summary>Adds a line; called by the reader's thread.</summary>
    public void Add(string? line)
    {
        if (string.IsNullOrWhiteSpace(line)) return;
        lock (_lines)
        {
            _lines.Enqueue(line);
            if (_lines.Count > MostLines) _lines.Dequeue();
        }
    }

    /// <summary>The lines, the end of them where they are long; empty when there was none.</summary>
    public override string ToString()
    {
        lock (_lines)
        {
            var text = string.Join('\n', _lines);
            return text.Length <= MostCharacters ? text : "…" + text[^MostCharacters..];
        }
    }
}
