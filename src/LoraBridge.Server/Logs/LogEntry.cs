namespace LoraBridge.Server.Logs;

/// <summary>Something that the server wrote down about its work; secrets are taken out of every text.</summary>
/// <param name="Number">Its number since the server's start, from 1.</param>
/// <param name="Time">When.</param>
/// <param name="Level">trace, debug, information, warning, error or critical.</param>
/// <param name="Category">Which part of the server wrote it.</param>
/// <param name="Message">What, for a person.</param>
internal sealed record LogEntry(long Number, DateTimeOffset Time, string Level, string Category, string Message)
{
    /// <summary>The name of the kind of event, where it has one.</summary>
    public string? Event { get; init; }

    /// <summary>The values that the message is made of, by name.</summary>
    public IReadOnlyDictionary<string, string>? Fields { get; init; }

    /// <summary>The failure behind it, with where it came from.</summary>
    public string? Exception { get; init; }
}

/// <summary>Entries that were found.</summary>
/// <param name="Entries">In their order.</param>
/// <param name="Last">The number to ask after next.</param>
/// <param name="Dropped">How many entries are in no file, because the disk was full or too slow.</param>
/// <param name="StartedAt">When the numbers began: another time means that the server was started anew, and they begin at 1 again.</param>
internal sealed record LogPage(IReadOnlyList<LogEntry> Entries, long Last, long Dropped, DateTimeOffset StartedAt);
