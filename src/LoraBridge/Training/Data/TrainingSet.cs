namespace LoraBridge.Training.Data;

/// <summary>The pictures of a run, ready to be planned: every one readable by its headers, captioned, in its bucket, with its visits an epoch.</summary>
public sealed class TrainingSet
{
    private TrainingSet(DataOptions options, DatasetScan scan, IReadOnlyList<TrainingPicture> pictures, IReadOnlyList<DatasetFinding> findings)
    {
        Options = options;
        Folders = scan.Folders;
        Pictures = pictures;
        Findings = findings;
    }

    /// <summary>What it was read with.</summary>
    public DataOptions Options { get; }

    /// <summary>The folders of pictures.</summary>
    public IReadOnlyList<TrainingFolder> Folders { get; }

    /// <summary>The pictures; a batch names them by index.</summary>
    public IReadOnlyList<TrainingPicture> Pictures { get; }

    /// <summary>Warnings and information about what was left out.</summary>
    public IReadOnlyList<DatasetFinding> Findings { get; }

    /// <summary>Visits an epoch to pictures that are no regularisation pictures: pictures times repeats.</summary>
    public int TrainingItems => Pictures.Where(picture => !picture.IsRegularisation).Sum(picture => picture.Visits);

    /// <summary>Visits an epoch to regularisation pictures; as many as <see cref="TrainingItems"/>, or 0.</summary>
    public int RegularisationItems => Pictures.Where(picture => picture.IsRegularisation).Sum(picture => picture.Visits);

    /// <summary>Reads the folders.</summary>
    /// <exception cref="DatasetException">Something must be put right first; the message says what and how.</exception>
    /// <exception cref="ArgumentException">The bucket options contradict each other.</exception>
    public static TrainingSet Read(DataOptions options, IProgress<DatasetProgress>? progress = null, CancellationToken cancellation = default) =>
        From(options, DatasetReader.Scan(options, progress, cancellation));

    /// <summary>Takes a scan, if nothing in it forbids training.</summary>
    /// <exception cref="DatasetException">Something must be put right first; the message says what and how.</exception>
    public static TrainingSet From(DataOptions options, DatasetScan scan)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(scan);
        var errors = scan.Findings.Where(finding => finding.Severity == FindingSeverity.Error).ToList();
        if (errors.Count > 0) throw new DatasetException(errors);
        if (!scan.Pictures.Any(picture => !picture.IsRegularisation))
        {
            var where = string.Join(", ", scan.Folders.Select(folder => folder.Path));
            throw new DatasetException(FindingKind.EmptyFolder, where, "There is no picture to train on, only regularisation pictures or ones that are left out.", "Add a folder of training pictures, and ask the dataset doctor why others are left out.");
        }

        var pictures = RegularisationBalance.Apply(scan.Pictures);
        return new(options, scan, pictures, [.. scan.Findings, .. RegularisationBalance.Describe(pictures)]);
    }
}
