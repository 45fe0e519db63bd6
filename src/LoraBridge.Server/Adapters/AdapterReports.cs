using LoraBridge.Lora.Catalog;

namespace LoraBridge.Server.Adapters;

/// <summary>An adapter as lists show it.</summary>
/// <param name="Name">What addresses and prompts call it.</param>
/// <param name="Alias">The name that its trainer was given.</param>
/// <param name="Path">Its path below its folder.</param>
/// <param name="Bytes">The file's length.</param>
/// <param name="ModifiedAt">When it was last written.</param>
internal sealed record AdapterReport(string Name, string Alias, string Path, long Bytes, DateTime ModifiedAt)
{
    /// <summary>The family of the models it fits.</summary>
    public required string Family { get; init; }

    /// <summary>The kinds of its modules.</summary>
    public required IReadOnlyList<string> Algorithms { get; init; }

    /// <summary>The smallest rank of its modules; 0 when none has a rank.</summary>
    public int MinRank { get; init; }

    /// <summary>The largest rank of its modules.</summary>
    public int MaxRank { get; init; }

    /// <summary>How many layers of the UNet it changes.</summary>
    public int UNetModules { get; init; }

    /// <summary>How many layers of the text encoder it changes.</summary>
    public int TextModules { get; init; }

    /// <summary>The hash of its data, claimed or computed; null until it was computed.</summary>
    public string? Hash { get; init; }

    /// <summary>How much the hash is worth: missing, claimed, computed, verified or mismatched.</summary>
    public required string HashState { get; init; }

    /// <summary>The most frequent tags of its training captions.</summary>
    public IReadOnlyList<TagCount> Tags { get; init; } = [];

    /// <summary>What its user noted beside it.</summary>
    public required AdapterCard Card { get; init; }

    /// <summary>The address of the picture beside it; null for none.</summary>
    public string? Preview { get; init; }

    /// <summary>Why it cannot be read; null when it can.</summary>
    public string? Problem { get; init; }

    public static AdapterReport Of(LoraEntry entry) => new(entry.Name, entry.Alias, entry.RelativePath, entry.SizeInBytes, entry.ModifiedUtc)
    {
        Family = entry.Family.ToString(),
        Algorithms = entry.Header.Algorithms == LoraAlgorithms.None ? [] : entry.Header.Algorithms.ToString().Split(", "),
        MinRank = entry.Header.MinRank,
        MaxRank = entry.Header.MaxRank,
        UNetModules = entry.Header.UNetModules,
        TextModules = entry.Header.TextModules,
        Hash = entry.Hash,
        HashState = StateOf(entry),
        Tags = entry.Header.Tags,
        Card = AdapterCard.Of(entry.SideCard),
        Preview = entry.PreviewPath is null ? null : $"{AdaptersApi.Root}/{Uri.EscapeDataString(entry.Name)}/preview",
        Problem = entry.Problem,
    };

    public static string StateOf(LoraEntry entry) => entry.HashState.ToString().ToLowerInvariant();
}

/// <summary>A page of a list of adapters.</summary>
/// <param name="Total">How many there are on all pages.</param>
/// <param name="Offset">How many come before this page.</param>
/// <param name="Adapters">This page.</param>
/// <param name="Problems">Folders that cannot be read, a sentence each.</param>
internal sealed record AdapterPage(int Total, int Offset, IReadOnlyList<AdapterReport> Adapters, IReadOnlyList<string> Problems);

/// <summary>An adapter's hash.</summary>
/// <param name="Name">The adapter.</param>
/// <param name="Hash">SHA-256 of its data, computed now.</param>
/// <param name="ShortHash">Its first 12 digits, as pictures carry them.</param>
/// <param name="Claimed">What the file itself says; null for nothing.</param>
/// <param name="State">computed, verified or mismatched.</param>
internal sealed record AdapterHash(string Name, string Hash, string ShortHash, string? Claimed, string State);
