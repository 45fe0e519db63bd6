using LoraBridge.Training.Settings;

namespace LoraBridge.Tests.Training.Settings;

public sealed class StepPlanTests
{
    private static TrainingOptions Options(int batch = 1, int accumulation = 1, int? epochs = null, int? steps = null, string warmup = "0", SchedulerKind scheduler = SchedulerKind.Cosine)
    {
        Assert.Empty(StepAmount.TryParse(warmup, out var amount));
        return new() { Loop = new() { BatchSize = batch, GradientAccumulation = accumulation, Epochs = epochs, Steps = steps }, Schedule = new() { Warmup = amount, Scheduler = scheduler } };
    }

    [Fact]
    public void TenPicturesFourTimes_InFoursAndPairs_AreFifteenStepsInThreeEpochs()
    {
        var plan = StepPlan.Of(Options(batch: 4, accumulation: 2, epochs: 3), [10 * 4]);

        Assert.Equal((10, 5, 3, 15, 8), (plan.BatchesPerEpoch, plan.StepsPerEpoch, plan.Epochs, plan.Steps, plan.EffectiveBatch));
    }

    [Fact]
    public void Bucket_EndsWithAShortBatch() => Assert.Equal(2 + 1 + 1, StepPlan.BatchesPerEpochOf([5, 4, 1], 4));

    [Fact]
    public void LastGroup_StepsThoughItIsSmaller() => Assert.Equal(4, StepPlan.ForBatches(Options(accumulation: 3, epochs: 1), 10).Steps);

    [Fact]
    public void Epochs_GoBeforeSteps() => Assert.Equal((20, 2), StepPlan.ForBatches(Options(epochs: 2, steps: 999), 10) is { Steps: var steps, Epochs: var epochs } ? (steps, epochs) : default);

    [Fact]
    public void Steps_EndWithinAnEpoch() => Assert.Equal((25, 3), StepPlan.ForBatches(Options(steps: 25), 10) is { Steps: var steps, Epochs: var epochs } ? (steps, epochs) : default);

    [Fact]
    public void Neither_IsTenEpochs() => Assert.Equal(130, StepPlan.ForBatches(Options(batch: 4), 13).Steps);

    [Fact]
    public void Warmup_LongerThanTheRun_BecomesATenthAndSaysSo()
    {
        var plan = StepPlan.ForBatches(Options(epochs: 4, warmup: "100"), 20);

        Assert.Equal(8, plan.WarmupSteps);
        Assert.Contains("schedule.warmup is 100 steps and the run has 80: 8 are taken", Assert.Single(plan.Problems).Message);
    }

    [Fact]
    public void Warmup_OfMostOfTheRun_IsKeptAndSaysSo()
    {
        var plan = StepPlan.ForBatches(Options(batch: 4, epochs: 10, warmup: "100"), 13);

        Assert.Equal(100, plan.WarmupSteps);
        Assert.Contains("100 of 130 steps", Assert.Single(plan.Problems).Message);
    }

    [Fact]
    public void Warmup_AsAShare_IsRoundedDown() => Assert.Equal(13, StepPlan.ForBatches(Options(epochs: 1, warmup: "10%"), 139).WarmupSteps);

    [Fact]
    public void Constant_HasNoWarmup() => Assert.Equal(0, StepPlan.ForBatches(Options(epochs: 1, warmup: "10", scheduler: SchedulerKind.Constant), 139).WarmupSteps);

    [Fact]
    public void NoBatch_Throws() => Assert.Throws<ArgumentOutOfRangeException>(() => StepPlan.ForBatches(Options(), 0));

    [Theory]
    [InlineData("-1")]
    [InlineData("1.5")]
    [InlineData("110%")]
    [InlineData("nan")]
    [InlineData("some")]
    [InlineData("1e12")]
    public void StepAmount_ThatIsNone_SaysWhy(string text) => Assert.NotEmpty(StepAmount.TryParse(text, out _));

    [Theory]
    [InlineData("100", "100")]
    [InlineData("0.05", "5%")]
    [InlineData("5 %", "5%")]
    [InlineData("1e2", "100")]
    [InlineData("0", "0")]
    public void StepAmount_IsWrittenSoThatItReadsBack(string text, string written)
    {
        Assert.Empty(StepAmount.TryParse(text, out var amount));

        Assert.Equal(written, amount.ToString());
        Assert.Empty(StepAmount.TryParse(written, out var again));
        Assert.Equal(amount, again);
    }
}
