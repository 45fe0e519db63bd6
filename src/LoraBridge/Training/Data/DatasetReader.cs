using LoraBridge.Imaging;

namespace LoraBridge.Training.Data;

/// <summary>How far a reading of the data set has come.</summary>
/// <param name="Done">Pictures done.</param>
/// <param name="Total">Pictures in all.</param>
public readonly record struct DatasetProgress(int Done, int Total);

/// <summary>What lies in the folders.</summary>
/// <param name="Folders">The folders of pictures, in the order of the options, then by name.</param>
/// <param name="Pictures">The usable pictures, folder by folder, in natural order of their names.</param>
/// <param name="Findings">What is wrong with the rest.</param>
public sealed record DatasetScan(IReadOnlyList<TrainingFolder> Folders, IReadOnlyList<TrainingPicture> Pictures, IReadOnlyList<DatasetFinding> Findings)
{
    /// <summary>Pictures that lack nothing but a caption, in the same order; they are not trained.</summary>
    public IReadOnlyList<TrainingPicture> Uncaptioned { get; init; } = [];
}

/// <summary>Finds pictures, captions and masks, reading headers only: thousands of pictures take seconds. The order never depends on the machine.</summary>
public static class DatasetReader
{
    /// <summary>Looks through all sources. What is wrong becomes a finding; nothing is thrown for it.</summary>
    /// <exception cref="ArgumentException">The bucket options contradict each other.</exception>
    public static DatasetScan Scan(DataOptions options, IProgress<DatasetProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        var findings = new List<DatasetFinding>();
        var folders = options.Datasets.SelectMany(dataset => FolderSearch.Find(dataset, options, findings)).ToList();
        var files = folders.ConvertAll(folder => (Folder: folder, Paths: PictureSearch.Pictures(folder.Path, folder.Options)));
        var captions = new CaptionSources(findings);
        var found = new List<TrainingPicture>();
        var total = files.Sum(entry => entry.Paths.Count);
        var done = 0;
        foreach (var (folder, paths) in files)
        {
            ReportFolder(folder, paths.Count, findings);
            var infos = Probe(paths, () => progress?.Report(new(Interlocked.Increment(ref done), total)), cancellation);
            var source = captions.Open(folder);
            found.AddRange(Build(folder, paths, infos, source, Table(folder, options), findings));
            captions.Close(folder, paths, source);
        }
        captions.ReportUnused();
        return new(folders, found.FindAll(HasCaption), findings) { Uncaptioned = found.FindAll(picture => !HasCaption(picture)) };

        static bool HasCaption(TrainingPicture picture) => picture.CaptionOrigin != CaptionOrigin.None;
    }

    private static void ReportFolder(TrainingFolder folder, int pictures, List<DatasetFinding> findings)
    {
        foreach (var path in PictureSearch.Unsupported(folder.Path, folder.Options))
            findings.Add(DatasetFinding.Warning(FindingKind.UnsupportedFormat, path, $"{Path.GetExtension(path)} pictures are not read.", "Convert it to PNG, JPEG or WebP."));
        if (pictures > 0) return;

        var captions = PictureSearch.WithEnding(folder.Path, folder.Options, CaptionSources.Endings(folder.Options)).Count;
        findings.Add(DatasetFinding.Error(FindingKind.EmptyFolder, folder.Path,
            captions > 0 ? $"There are {captions} captions but no pictures." : "There are no pictures.",
            $"Put pictures ({string.Join(", ", PictureSearch.Endings)}) into it, or take the folder out of the data set."));
    }

    /// <returns>A picture's headers, or why they cannot be read.</returns>
    private static (PictureInfo? Info, string? Reason, string Cure)[] Probe(List<string> paths, Action report, CancellationToken cancellation)
    {
        var results = new (PictureInfo?, string?, string)[paths.Count];
        Parallel.For(0, paths.Count, new() { CancellationToken = cancellation, MaxDegreeOfParallelism = Math.Max(2, Environment.ProcessorCount) }, i =>
        {
            try
            {
                results[i] = (PictureFile.Probe(paths[i]), null, "");
            }
            catch (Exception e) when (UnreadablePicture.Explains(e))
            {
                var (reason, cure) = UnreadablePicture.Explain(e);
                results[i] = (null, reason, cure);
            }
            report();
        });
        return results;
    }

    private static BucketTable Table(TrainingFolder folder, DataOptions options) =>
        new(options.Buckets with { Width = folder.Options.Width ?? options.Buckets.Width, Height = folder.Options.Height ?? options.Buckets.Height });

    private static IEnumerable<TrainingPicture> Build(TrainingFolder folder, List<string> paths, (PictureInfo? Info, string? Reason, string Cure)[] infos, FolderCaptions captions, BucketTable table, List<DatasetFinding> findings)
    {
        var masks = new MaskSearch(folder, findings);
        for (var i = 0; i < paths.Count; i++)
        {
            if (infos[i].Info is not { } info)
            {
                findings.Add(UnreadablePicture.Finding(folder, paths[i], infos[i].Reason!, infos[i].Cure));
                continue;
            }
            if (Fit(table, info, paths[i], findings) is not { } fit) continue;
            var (caption, origin) = captions.Of(paths[i]);
            if (origin == CaptionOrigin.None) findings.Add(Missing(folder, paths[i]));
            yield return new()
            {
                Folder = folder,
                Path = paths[i],
                Name = PictureSearch.NameIn(folder.Path, paths[i]),
                Info = info,
                Fit = fit,
                Caption = caption,
                CaptionOrigin = origin,
                MaskPath = masks.Of(paths[i]),
                Visits = folder.Repeats,
            };
        }
        masks.ReportMissing();
    }

    private static BucketFit? Fit(BucketTable table, PictureInfo info, string path, List<DatasetFinding> findings)
    {
        try
        {
            return table.Fit(info.Width, info.Height);
        }
        catch (ArgumentException e)
        {
            findings.Add(DatasetFinding.Error(FindingKind.Small, path, $"There is no bucket for it: {e.Message}.", "Take it out, enlarge it, or set buckets.noUpscale=false."));
            return null;
        }
    }

    private static DatasetFinding Missing(TrainingFolder folder, string path)
    {
        const string Cure = "Write one beside it (a .txt file of the same name), give ClassTokens or FallbackCaption, or set WithoutCaption to LeaveOut.";
        return folder.Options.WithoutCaption == UnusablePicture.Fail
            ? DatasetFinding.Error(FindingKind.MissingCaption, path, "It has no caption.", Cure)
            : DatasetFinding.Warning(FindingKind.MissingCaption, path, "It has no caption and is left out.", Cure);
    }
}
