using LoraBridge.Training.Data;

namespace LoraBridge.Tests.Training.Data;

public sealed class BatchScheduleTests : IDisposable
{
    private readonly PictureFolder _folder = new();

    public BatchScheduleTests()
    {
        for (var i = 0; i < 7; i++) _folder.Captioned($"3_a/{i}.png", $"square {i}");
        for (var i = 0; i < 4; i++) _folder.Captioned($"2_b/{i}.png", $"wide {i}", 80, 48);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Epoch_Always_VisitsEveryPictureAsOftenAsItsFolderSays()
    {
        var set = _folder.Read();
        var schedule = new BatchSchedule(set, 4, 1);
        for (var epoch = 0; epoch < 3; epoch++)
        {
            var samples = schedule.Epoch(epoch).Batches.SelectMany(batch => batch.Samples).ToList();
            Assert.Equal(set.TrainingItems, samples.Count);
            var visits = Enumerable.Range(0, set.Pictures.Count).SelectMany(picture => Enumerable.Range(0, set.Pictures[picture].Visits).Select(repeat => (picture, repeat)));
            Assert.Equal(visits.ToHashSet(), samples.Select(sample => (sample.Picture, sample.Repeat)).ToHashSet());
        }
    }

    [Theory]
    [InlineData(1, 29)]
    [InlineData(4, 6 + 2)]
    [InlineData(100, 1 + 1)]
    public void Epoch_Batches_HoldOneBucketEach(int batchSize, int batches)
    {
        var set = _folder.Read();
        var schedule = new BatchSchedule(set, batchSize, 1);
        var plan = schedule.Epoch(0);

        Assert.Equal((batches, batches), (plan.Batches.Count, schedule.BatchesPerEpoch));
        Assert.All(plan.Batches, batch => Assert.All(batch.Samples, sample => Assert.Equal(batch.Bucket, set.Pictures[sample.Picture].Fit.Bucket)));
        // only a bucket's last batch is short
        Assert.True(plan.Batches.GroupBy(batch => batch.Bucket).All(bucket => bucket.Count(batch => batch.Samples.Count < batchSize) <= 1));
    }

    [Fact]
    public void Epoch_SameSeedAndEpoch_IsTheSamePlan()
    {
        var (set, again) = (Varied(), Varied());
        for (var epoch = 0; epoch < 3; epoch++)
            Assert.Equal(Describe(new BatchSchedule(set, 2, 9).Epoch(epoch)), Describe(new BatchSchedule(again, 2, 9).Epoch(epoch)));
    }

    [Fact]
    public void Epoch_OtherSeedOrEpoch_IsAnotherPlan()
    {
        var set = Varied();
        string[] plans = [Describe(new BatchSchedule(set, 2, 9).Epoch(0)), Describe(new BatchSchedule(set, 2, 9).Epoch(1)), Describe(new BatchSchedule(set, 2, 10).Epoch(0))];
        Assert.Equal(3, plans.Distinct().Count());
    }

    [Fact]
    public void At_ResumedAnywhere_GivesWhatAnUninterruptedRunSees()
    {
        var schedule = new BatchSchedule(Varied(), 4, 9);
        var whole = Enumerable.Range(0, 3).SelectMany(epoch => schedule.Epoch(epoch).Batches.Select(batch => (epoch, Text: Describe(batch)))).ToList();
        foreach (var start in new[] { 0, 5, 17, 23 })
        {
            var resumed = new BatchSchedule(Varied(), 4, 9);
            for (var i = start; i < whole.Count; i++)
            {
                var (epoch, batch) = resumed.At(i);
                Assert.Equal(whole[i], (epoch, Describe(batch)));
            }
        }
    }

    [Fact]
    public void Epoch_Flip_MirrorsAboutHalf()
    {
        var set = Varied();
        var schedule = new BatchSchedule(set, 4, 1);
        var flips = Enumerable.Range(0, 40).SelectMany(epoch => schedule.Epoch(epoch).Batches).SelectMany(batch => batch.Samples).Select(sample => sample.Flip).ToList();
        Assert.InRange(flips.Count(flip => flip) / (double)flips.Count, 0.46, 0.54);
    }

    [Fact]
    public void Epoch_NoAugmentation_LeavesNothingToChanceButOrderAndCaption()
    {
        var set = _folder.Read();
        var samples = new BatchSchedule(set, 4, 1).Epoch(0).Batches.SelectMany(batch => batch.Samples).ToList();
        Assert.All(samples, sample => Assert.Equal((false, null, CropPlan.Middle(set.Pictures[sample.Picture].Fit)), (sample.Flip, sample.ColorSeed, sample.Crop)));
        Assert.Equal(samples.Count, samples.Select(sample => sample.CaptionSeed).Distinct().Count());
    }

    [Fact]
    public void Epoch_OtherBatchSize_KeepsEachVisitsChoices()
    {
        var set = Varied();
        Assert.Equal(Visits(new(set, 1, 9)), Visits(new(set, 5, 9)));

        static IEnumerable<PlannedSample> Visits(BatchSchedule schedule) =>
            schedule.Epoch(2).Batches.SelectMany(batch => batch.Samples).OrderBy(sample => sample.Picture).ThenBy(sample => sample.Repeat);
    }

    [Fact]
    public void Epoch_BatchesOfBuckets_AreMixed()
    {
        var schedule = new BatchSchedule(_folder.Read(), 1, 1);
        var orders = Enumerable.Range(0, 20).Select(epoch => string.Concat(schedule.Epoch(epoch).Batches.Select(batch => batch.Bucket.Width > 64 ? 'w' : 's'))).ToList();
        Assert.Equal(20, orders.Distinct().Count());
    }

    [Fact]
    public void Epoch_Regularisation_IsMixedIn()
    {
        _folder.Picture("reg/1_animal/a.png");
        var set = _folder.Read(_folder.Dataset("3_a"), _folder.Dataset("reg") with { IsRegularisation = true });
        var samples = new BatchSchedule(set, 7, 1).Epoch(0).Batches.SelectMany(batch => batch.Samples).ToList();
        Assert.Equal((21, 21), (samples.Count(sample => set.Pictures[sample.Picture].IsRegularisation), samples.Count(sample => !set.Pictures[sample.Picture].IsRegularisation)));
        Assert.Equal(6, samples.Chunk(7).Count(batch => batch.Any(sample => set.Pictures[sample.Picture].IsRegularisation)));
    }

    [Fact]
    public void Schedule_WrongArguments_AreRefused()
    {
        var set = _folder.Read();
        Assert.Throws<ArgumentOutOfRangeException>(() => new BatchSchedule(set, 0, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new BatchSchedule(set, 1, 1).At(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new BatchSchedule(set, 1, 1).Epoch(-1));
    }

    private TrainingSet Varied() => TrainingSet.Read(_folder.Options() with { Augmentation = new() { Flip = true, RandomCrop = true, Color = true } });

    private static string Describe(EpochPlan plan) => string.Join('\n', plan.Batches.Select(Describe));

    private static string Describe(PlannedBatch batch) => $"{batch.Bucket}: {string.Join("; ", batch.Samples)}";
}
