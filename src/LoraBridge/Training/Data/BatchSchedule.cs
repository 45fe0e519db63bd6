namespace LoraBridge.Training.Data;

/// <summary>One visit to a picture: everything about it that is left to chance.</summary>
/// <param name="Picture">The picture's index in the training set.</param>
/// <param name="Repeat">Which of its visits in the epoch, from 0.</param>
/// <param name="Crop">How it is resized and cut.</param>
/// <param name="Flip">Whether it is mirrored, after the cut.</param>
/// <param name="ColorSeed">What decides its change of colour; null for none.</param>
/// <param name="CaptionSeed">What decides its caption, for <see cref="CaptionVisit"/>.</param>
public sealed record PlannedSample(int Picture, int Repeat, CropPlan Crop, bool Flip, ulong? ColorSeed, ulong CaptionSeed);

/// <summary>One batch: pictures of one bucket.</summary>
/// <param name="Bucket">The size of all its pictures.</param>
/// <param name="Samples">As many as the batch size, fewer in a bucket's last batch.</param>
public sealed record PlannedBatch(PictureSize Bucket, IReadOnlyList<PlannedSample> Samples);

/// <summary>The batches of one epoch, in order.</summary>
/// <param name="Epoch">The epoch, from 0.</param>
/// <param name="Batches">Its batches.</param>
public sealed record EpochPlan(int Epoch, IReadOnlyList<PlannedBatch> Batches);

/// <summary>
/// Which pictures are seen when. An epoch's plan depends on the training set, the batch size, the seed and the epoch's number alone, so a run
/// that goes on after an interruption finds its place without repeating anything. Each bucket is shuffled and cut into batches; the batches of
/// all buckets are shuffled together.
/// </summary>
public sealed class BatchSchedule
{
    // what a random stream is for; the numbers must stay, or runs cannot be resumed by a newer version
    private const long OrderKey = 1, BatchKey = 2, CropKey = 3, FlipKey = 4, ColorKey = 5, CaptionKey = 6;

    private const double FlipChance = 0.5;

    private readonly TrainingSet _set;
    private readonly int _batchSize;
    private readonly long _seed;
    private readonly List<(PictureSize Bucket, (int Picture, int Repeat)[] Items)> _buckets;
    private EpochPlan? _last;

    /// <summary>Plans for a training set.</summary>
    /// <param name="set">The pictures.</param>
    /// <param name="batchSize">Pictures of a batch, 1 or more.</param>
    /// <param name="seed">The run's seed.</param>
    public BatchSchedule(TrainingSet set, int batchSize, long seed)
    {
        ArgumentNullException.ThrowIfNull(set);
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);
        _set = set;
        _batchSize = batchSize;
        _seed = seed;
        var items =
            from index in Enumerable.Range(0, set.Pictures.Count)
            let picture = set.Pictures[index]
            from repeat in Enumerable.Range(0, picture.Visits)
            group (index, repeat) by picture.Fit.Bucket into bucket
            orderby bucket.Key.Width, bucket.Key.Height
            select (bucket.Key, bucket.ToArray());
        _buckets = [.. items];
        BatchesPerEpoch = _buckets.Sum(bucket => (bucket.Items.Length + batchSize - 1) / batchSize);
    }

    /// <summary>Batches of every epoch; the same for each.</summary>
    public int BatchesPerEpoch { get; }

    /// <summary>The batch of a place in the run, counted over all epochs from 0; where a run is resumed, this is all it needs.</summary>
    public (int Epoch, PlannedBatch Batch) At(long batch)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(batch);
        var (epoch, place) = Math.DivRem(batch, BatchesPerEpoch);
        // epochs are read in order; the plan of the current one is kept
        var plan = _last;
        if (plan?.Epoch != epoch) _last = plan = Epoch(checked((int)epoch));
        return (plan.Epoch, plan.Batches[(int)place]);
    }

    /// <summary>The plan of an epoch, from 0.</summary>
    public EpochPlan Epoch(int epoch)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(epoch);
        var batches = new List<PlannedBatch>(BatchesPerEpoch);
        foreach (var (bucket, items) in _buckets)
        {
            var order = items.AsSpan().ToArray();
            RandomSequence.For(_seed, OrderKey, epoch, bucket.Width, bucket.Height).Shuffle(order.AsSpan());
            foreach (var batch in order.Chunk(_batchSize)) batches.Add(new(bucket, [.. batch.Select(item => Sample(item.Picture, item.Repeat, epoch))]));
        }
        RandomSequence.For(_seed, BatchKey, epoch).Shuffle(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(batches));
        return new(epoch, batches);
    }

    private PlannedSample Sample(int index, int repeat, int epoch)
    {
        var picture = _set.Pictures[index];
        var augmentation = picture.Folder.Augmentation;
        return new(index, repeat,
            CropPlan.Of(picture, Stream(CropKey)),
            augmentation.Flip && Stream(FlipKey).Chance(FlipChance),
            augmentation.Color ? Stream(ColorKey).NextUInt64() : null,
            Stream(CaptionKey).NextUInt64());

        RandomSequence Stream(long purpose) => RandomSequence.For(_seed, purpose, epoch, index, repeat);
    }
}
