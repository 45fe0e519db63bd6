using LoraBridge.Checkpoints;
using LoraBridge.Checkpoints.Naming;

namespace LoraBridge.Lora.Catalog;

/// <summary>One adapter file of a catalogue, as it was when the catalogue last looked.</summary>
public sealed record LoraEntry
{
    internal LoraEntry(FoundFile found, IndexRecord record) => (Found, Record) = (found, record);

    internal FoundFile Found { get; }

    internal IndexRecord Record { get; }

    /// <summary>The file name up to its last dot: what a tag in a prompt says.</summary>
    public string Name => Found.Name;

    /// <summary>The name that the trainer was given, <c>ss_output_name</c>, or else the file's; it may be one that does not resolve here.</summary>
    public string Alias => Header.OutputName.Length > 0 ? Header.OutputName : Name;

    /// <summary>The catalogue's folder that it lies below.</summary>
    public string Folder => Found.Folder;

    /// <summary>The file's absolute path.</summary>
    public string FullPath => Found.FullPath;

    /// <summary>Its path from its folder on, with '/' between the parts.</summary>
    public string RelativePath => Found.RelativePath;

    /// <summary>The file's length; 0 for a link that leads nowhere.</summary>
    public long SizeInBytes => Math.Max(0, Found.Stamp.Size);

    /// <summary>When the file was last written, in UTC.</summary>
    public DateTime ModifiedUtc => new(Found.Stamp.Modified, DateTimeKind.Utc);

    /// <summary>What the file says of itself.</summary>
    public LoraHeader Header => Record.Header;

    /// <summary>What the user noted beside it.</summary>
    public SideCard SideCard => Record.Card;

    /// <summary>The picture beside it (png, jpg, jpeg, webp, gif; with or without <c>.preview</c>); null for none.</summary>
    public string? PreviewPath => Found.PreviewPath;

    /// <summary>The family of the models it fits: the user's word, or else the header's.</summary>
    public ModelFamily Family => SideCard.Family != ModelFamily.Unknown ? SideCard.Family : Header.Family;

    /// <summary>By what <see cref="Family"/> was told.</summary>
    public FamilyEvidence FamilyEvidence => SideCard.Family != ModelFamily.Unknown ? FamilyEvidence.SideCard : Header.FamilyEvidence;

    /// <summary>
    /// Its hash in 64 lower-case hex digits: the one claimed in the metadata, believed as the web UI believes it, or the one that
    /// was computed; null until <see cref="LoraCatalog.HashOf"/> computed it.
    /// </summary>
    public string? Hash => Header.ClaimedHash ?? Record.ComputedHash;

    /// <summary>The first 12 digits of <see cref="Hash"/>, as pictures carry them.</summary>
    public string? ShortHash => Hash?[..12];

    /// <summary>The hash as it was computed from the file; null when that was not done.</summary>
    public string? ComputedHash => Record.ComputedHash;

    /// <summary>How much <see cref="Hash"/> is worth.</summary>
    public HashState HashState => (Header.ClaimedHash, Record.ComputedHash) switch
    {
        (null, null) => HashState.Missing,
        (null, _) => HashState.Computed,
        (_, null) => HashState.Claimed,
        var (claimed, computed) => claimed == computed ? HashState.Verified : HashState.Mismatched,
    };

    /// <summary>Why the file could not be read, as a sentence; null when it could.</summary>
    public string? Problem => Header.Problem;

    /// <summary>
    /// The file's metadata, all of it text, in the file's order; empty for formats without any. It is read from the file each time,
    /// a tenth of a millisecond: kept, it would be some 40 KB an entry.
    /// </summary>
    /// <exception cref="IOException">The file is gone or cannot be opened.</exception>
    /// <exception cref="CheckpointFormatException">The file was replaced by something else since.</exception>
    public IReadOnlyDictionary<string, string> ReadMetadata() =>
        Found.IsSafetensors && Problem is null ? MetadataReader.Read(FullPath) : new Dictionary<string, string>();
}
