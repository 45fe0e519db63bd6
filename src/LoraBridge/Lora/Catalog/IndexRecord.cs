namespace LoraBridge.Lora.Catalog;

/// <summary>What the index remembers of a file, good as long as the stamps are.</summary>
/// <param name="Stamp">Of the file that the header was read from; <see cref="FileStamp.None"/> when it must be read again.</param>
/// <param name="Header">What the file said.</param>
/// <param name="ComputedHash">64 hex digits; null when it was not computed.</param>
/// <param name="Sides">Of the notes; a stamp of no file when they must be read again.</param>
/// <param name="Card">What the notes said.</param>
internal sealed record IndexRecord(FileStamp Stamp, LoraHeader Header, string? ComputedHash, SideStamps Sides, SideCard Card)
{
    /// <summary>What is worth writing down: all but what could not be opened.</summary>
    public bool IsLasting => Stamp != FileStamp.None;

    /// <summary>Whether nothing of the file and its notes need be read again.</summary>
    public bool IsOf(FoundFile found) => Stamp == found.Stamp && Sides == found.Sides;

    /// <summary>Reads of a file what is not known already.</summary>
    public static IndexRecord Of(FoundFile found, IndexRecord? known)
    {
        if (known?.IsOf(found) == true) return known;
        var record = known is not null && known.Stamp == found.Stamp ? known : OfHeader(found);
        if (known is not null && known.Sides == found.Sides) return record with { Sides = known.Sides, Card = known.Card };
        if (found.Sides == default) return record with { Sides = default, Card = SideCard.None };
        var (card, tryAgain) = SideCardReader.Read(found);
        return record with { Sides = tryAgain ? Unread : found.Sides, Card = card };
    }

    // equal to those of no files that can be found
    private static SideStamps Unread { get; } = new(new(-2, 0, 0), default, default);

    private static IndexRecord OfHeader(FoundFile found)
    {
        var (header, tryAgain) = LoraHeaderReader.Read(found);
        return new(tryAgain ? FileStamp.None : found.Stamp, header, null, default, SideCard.None);
    }
}
