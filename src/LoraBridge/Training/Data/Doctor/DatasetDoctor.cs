using LoraBridge.Diffusion.Text;

namespace LoraBridge.Training.Data.Doctor;

/// <summary>Looks at every picture and caption before a run begins, and says what is wrong and how to cure it.</summary>
public static class DatasetDoctor
{
    /// <summary>Examines every picture of a data set, with a caption or without. What is wrong with it is found, not thrown.</summary>
    /// <param name="options">The data set, as it would be trained.</param>
    /// <param name="limits">What counts as a fault; null for the defaults.</param>
    /// <param name="tokenizer">Measures captions; null leaves their length unexamined.</param>
    /// <param name="progress">Hears of each picture that was decoded.</param>
    /// <param name="cancellation">Ends the examination.</param>
    /// <exception cref="ArgumentException">The bucket options contradict each other.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public static DoctorReport Examine(DataOptions options, DoctorOptions? limits = null, ClipTokenizer? tokenizer = null, IProgress<DatasetProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        var scan = DatasetReader.Scan(options, cancellation: cancellation);
        return Examine(options, scan, scan.Uncaptioned, limits ?? new(), tokenizer, progress, cancellation);
    }

    /// <summary>Examines what was scanned already and would be trained: a run does not read what it leaves out.</summary>
    internal static DoctorReport Examine(DataOptions options, DatasetScan scan, DoctorOptions limits, ClipTokenizer? tokenizer, IProgress<DatasetProgress>? progress, CancellationToken cancellation) =>
        Examine(options, scan, [], limits, tokenizer, progress, cancellation);

    private static DoctorReport Examine(DataOptions options, DatasetScan scan, IReadOnlyList<TrainingPicture> others, DoctorOptions limits, ClipTokenizer? tokenizer, IProgress<DatasetProgress>? progress, CancellationToken cancellation)
    {
        var pictures = RegularisationBalance.Apply(scan.Pictures);
        List<TrainingPicture> all = [.. pictures, .. others];                   // of twins the one without a caption is to go
        var traits = Decode(all, limits, progress, cancellation);

        var findings = new List<DatasetFinding>(scan.Findings);
        findings.AddRange(Numbers(pictures, scan, limits));
        findings.AddRange(RegularisationBalance.Describe(pictures));
        for (var i = 0; i < all.Count; i++)
        {
            findings.AddRange(PictureFindings.OfHeaders(all[i], options.Buckets, limits));
            findings.AddRange(PictureFindings.OfPixels(all[i], traits[i], limits));
            if (i < pictures.Count) findings.AddRange(CaptionFindings.Of(all[i], tokenizer));
        }
        findings.AddRange(CaptionFindings.OfAll(pictures));
        findings.AddRange(DuplicateSearch.Find(all, traits, limits, cancellation));
        var usable = traits.Take(pictures.Count).Count(trait => trait.Failure is null);
        return new(usable, [.. findings.OrderByDescending(finding => finding.Severity).ThenBy(finding => finding.Kind)]);
    }

    private static PictureTraits[] Decode(List<TrainingPicture> pictures, DoctorOptions limits, IProgress<DatasetProgress>? progress, CancellationToken cancellation)
    {
        var traits = new PictureTraits[pictures.Count];
        var done = 0;
        var threads = limits.Threads > 0 ? limits.Threads : Math.Max(2, Environment.ProcessorCount);
        Parallel.For(0, pictures.Count, new() { CancellationToken = cancellation, MaxDegreeOfParallelism = threads }, i =>
        {
            cancellation.ThrowIfCancellationRequested();                        // the loop itself hears of it only once all that was registered before has
            traits[i] = PictureTraits.Of(pictures[i]);
            progress?.Report(new(Interlocked.Increment(ref done), pictures.Count));
        });
        return traits;
    }

    private static IEnumerable<DatasetFinding> Numbers(IReadOnlyList<TrainingPicture> pictures, DatasetScan scan, DoctorOptions limits)
    {
        var count = pictures.Count(picture => !picture.IsRegularisation);
        var where = string.Join(", ", scan.Folders.Where(folder => !folder.IsRegularisation).Select(folder => folder.Path));
        // with none at all, why is an error of its own
        if (count > 0 && count < limits.FewestPictures)
            yield return DatasetFinding.Warning(FindingKind.TooFewPictures, where, $"There are only {count} training pictures.", "Add more, 15 to 50 for a subject, or expect the LoRA to repeat these.");
        if (count > limits.MostPictures)
            yield return DatasetFinding.Warning(FindingKind.TooManyPictures, where, $"There are {count} training pictures.", "Choose the best few hundred, or train few epochs and watch the time.");
    }
}
