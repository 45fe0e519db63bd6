namespace LoraBridge.Lora.Catalog;

/// <summary>Which folders a catalogue covers, and how it keeps up with them.</summary>
public sealed record LoraCatalogOptions
{
    /// <summary>The adapter folders, such as models/Lora and then models/LyCORIS; they need not exist yet. Later ones win names.</summary>
    public required IReadOnlyList<string> Folders { get; init; }

    /// <summary>Where the index is remembered from one start to the next; null remembers nothing.</summary>
    public string? CacheFolder { get; init; }

    /// <summary>Whether changes are noticed by themselves; without it, a name that is not found and a refresh are when the folders are looked at.</summary>
    public bool Watch { get; init; } = true;

    /// <summary>How long nothing must have changed before the folders are read again; a tenth of the longest wait.</summary>
    public TimeSpan Quiet { get; init; } = TimeSpan.FromMilliseconds(300);

    /// <summary>How often watched folders are looked at nevertheless: network drives tell of nothing.</summary>
    public TimeSpan PollWhenWatched { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How often the folders are looked at while one of them cannot be watched or is missing.</summary>
    public TimeSpan PollWhenUnwatched { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The clock of these waits.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
