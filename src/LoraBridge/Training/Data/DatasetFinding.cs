namespace LoraBridge.Training.Data;

/// <summary>How bad a finding is.</summary>
public enum FindingSeverity
{
    /// <summary>Good to know; nothing need be done.</summary>
    Information,

    /// <summary>Training goes on, but the result may suffer.</summary>
    Warning,

    /// <summary>Training does not begin.</summary>
    Error,
}

/// <summary>What can be wrong with training data.</summary>
public enum FindingKind
{
    /// <summary>A folder or file named in the options does not exist.</summary>
    MissingFolder,

    /// <summary>A folder holds no pictures.</summary>
    EmptyFolder,

    /// <summary>A folder, or pictures beside the repeat folders, are not used because the name says no number of repeats.</summary>
    IgnoredFolder,

    /// <summary>A picture's format is not read.</summary>
    UnsupportedFormat,

    /// <summary>A picture is damaged, cut short or locked.</summary>
    Unreadable,

    /// <summary>A picture has no caption.</summary>
    MissingCaption,

    /// <summary>A caption says nothing.</summary>
    EmptyCaption,

    /// <summary>A caption has more tokens than are read.</summary>
    LongCaption,

    /// <summary>A caption file is not UTF-8.</summary>
    CaptionEncoding,

    /// <summary>A caption file belongs to no picture.</summary>
    CaptionWithoutPicture,

    /// <summary>All pictures have one caption.</summary>
    SameCaption,

    /// <summary>Captions lack the trigger word.</summary>
    MissingTrigger,

    /// <summary>A file of captions cannot be read.</summary>
    BrokenMetadata,

    /// <summary>A file of captions names pictures that do not exist.</summary>
    MetadataWithoutPicture,

    /// <summary>One caption goes to several pictures because their names are the same but for folder or ending.</summary>
    AmbiguousName,

    /// <summary>A picture has no mask where others have.</summary>
    MissingMask,

    /// <summary>A mask leaves almost nothing to learn from.</summary>
    EmptyMask,

    /// <summary>Two files are the same to the byte.</summary>
    ExactDuplicate,

    /// <summary>Two pictures look the same.</summary>
    NearDuplicate,

    /// <summary>A picture is smaller than it is trained at.</summary>
    Small,

    /// <summary>A picture shows little detail for its size.</summary>
    Blurred,

    /// <summary>A picture is stored turned, with a note to turn it.</summary>
    Rotated,

    /// <summary>A picture's colours are not 8-bit sRGB.</summary>
    ColorProfile,

    /// <summary>A picture is much longer than wide, or wider than high, or loses much at the edges.</summary>
    ExtremeAspect,

    /// <summary>A picture has transparent parts.</summary>
    Transparent,

    /// <summary>There are few pictures.</summary>
    TooFewPictures,

    /// <summary>There are very many pictures.</summary>
    TooManyPictures,

    /// <summary>Regularisation pictures are more than are used.</summary>
    UnusedRegularisation,
}

/// <summary>One thing that the doctor has to say.</summary>
/// <param name="Kind">What.</param>
/// <param name="Severity">How bad.</param>
/// <param name="Path">The picture, file or folder; empty where it is about the whole.</param>
/// <param name="Sentence">What was seen, a sentence.</param>
/// <param name="Cure">What to do about it, a sentence.</param>
public sealed record DatasetFinding(FindingKind Kind, FindingSeverity Severity, string Path, string Sentence, string Cure)
{
    /// <summary>The other pictures concerned, such as the twin of a duplicate.</summary>
    public IReadOnlyList<string> Others { get; init; } = [];

    /// <summary>One line for people: where, what, and what to do.</summary>
    public override string ToString() => $"{(Path.Length > 0 ? $"{Path}: " : "")}{Sentence} {Cure}";

    internal static DatasetFinding Error(FindingKind kind, string path, string sentence, string cure) => new(kind, FindingSeverity.Error, path, sentence, cure);

    internal static DatasetFinding Warning(FindingKind kind, string path, string sentence, string cure) => new(kind, FindingSeverity.Warning, path, sentence, cure);

    internal static DatasetFinding Information(FindingKind kind, string path, string sentence, string cure) => new(kind, FindingSeverity.Information, path, sentence, cure);
}
