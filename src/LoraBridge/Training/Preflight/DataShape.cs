using LoraBridge.Training.Caching;
using LoraBridge.Training.Data;
using LoraBridge.Training.Settings;
using LoraBridge.Training.Validation;

namespace LoraBridge.Training.Preflight;

/// <summary>What memory and time depend on in a training set.</summary>
/// <param name="Pictures">Pictures that are trained.</param>
/// <param name="Buckets">For each size the visits of an epoch.</param>
/// <param name="Variants">For each size the pictures to encode, mirrored ones counted apart.</param>
/// <param name="Captions">Different captions.</param>
/// <param name="Chunks">Chunks of 77 tokens of a caption.</param>
/// <param name="Aside">Pictures set aside for validation, by size.</param>
internal sealed record DataShape(int Pictures, IReadOnlyDictionary<PictureSize, int> Buckets, IReadOnlyDictionary<PictureSize, int> Variants, int Captions, int Chunks, IReadOnlyDictionary<PictureSize, int> Aside)
{
    /// <summary>The pictures of an epoch, weighed by their pixels.</summary>
    public double EpochPixels => Buckets.Sum(bucket => (double)bucket.Key.Area * bucket.Value);

    /// <summary>Looks at what is trained and what is set aside.</summary>
    public static DataShape Of(TrainingSet set, TrainingSet? aside)
    {
        Dictionary<PictureSize, int> Count(IEnumerable<TrainingPicture> pictures, Func<TrainingPicture, int> weight) =>
            pictures.GroupBy(picture => picture.Fit.Bucket).ToDictionary(group => group.Key, group => group.Sum(weight));

        var all = set.Pictures.Concat(aside?.Pictures ?? []).ToList();
        return new(
            set.Pictures.Count,
            Count(set.Pictures.Where(picture => picture.Visits > 0), picture => picture.Visits),
            Count(all, picture => picture.Folder.Augmentation.Flip ? 2 : 1),
            all.Select(picture => picture.Caption).Distinct(StringComparer.Ordinal).Count(),
            set.Folders.Max(folder => folder.Captions.TokenLength) / 75,
            aside is null ? new Dictionary<PictureSize, int>() : Count(aside.Pictures, _ => 1));
    }

    /// <summary>Reads the headers of a run's pictures.</summary>
    /// <exception cref="DatasetException">Something must be put right first; the message says what and how.</exception>
    public static DataShape Read(TrainingOptions options, CancellationToken stop)
    {
        var data = options.ToDataOptions();
        var scan = DatasetReader.Scan(data, cancellation: stop);
        // which pictures the seed sets aside makes no difference worth asking
        var (training, aside) = ValidationSplit.Divide(scan, options.Validation.Split, options.Validation.Seed ?? options.Loop.Seed ?? 0);
        return Of(TrainingSet.From(data, training), aside is null ? null : TrainingSet.From(data, aside));
    }

    /// <summary>The batch that takes most: its size and how many pictures it has.</summary>
    public (PictureSize Size, int Count) Largest(int batchSize)
    {
        var (size, visits) = Buckets.MaxBy(bucket => bucket.Key.Area * Math.Min(bucket.Value, batchSize));
        return (size, Math.Min(visits, batchSize));
    }

    /// <summary>The plan of the run's steps.</summary>
    public StepPlan Plan(TrainingOptions options) => StepPlan.Of(options, Buckets.Values);

    /// <summary>Bytes of the latents that are kept in memory.</summary>
    public long LatentBytes(TrainingOptions options, int pixelsPerCell)
    {
        if (!options.Cache.Latents || options.Cache.LatentsOnDisk || CacheRefusals.Latents(options).Count > 0) return 0;
        var cells = Variants.Sum(variant => variant.Key.Area / (pixelsPerCell * pixelsPerCell) * variant.Value);
        return cells * 4 * sizeof(float) * (options.Cache.FreshLatents ? 2 : 1);
    }

    /// <summary>Bytes of the text states that are kept in memory.</summary>
    public long TextBytes(TrainingOptions options, long width) =>
        options.Cache.TextStatesOnDisk || CacheRefusals.TextStates(options).Count > 0 ? 0 : Captions * (75L * Chunks + 2) * width * sizeof(float);
}
