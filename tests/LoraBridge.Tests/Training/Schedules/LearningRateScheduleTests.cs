using LoraBridge.Training.Schedules;
using LoraBridge.Training.Settings;

namespace LoraBridge.Tests.Training.Schedules;

public sealed class LearningRateScheduleTests
{
    [Theory]
    [InlineData(5, 0.5)]
    [InlineData(10, 1)]
    [InlineData(55, 0.5)]
    [InlineData(100, 0)]
    [InlineData(101, 0)]
    public void Cosine_AfterAWarmUp_GivesTheWrittenValues(int step, double expected) =>
        Assert.Equal(expected, Schedule(SchedulerKind.Cosine, 100, 10).Factor(step), 1e-12);

    [Theory]
    [InlineData(SchedulerKind.CosineWithRestarts, 2, 25, 0.5)]
    [InlineData(SchedulerKind.CosineWithRestarts, 2, 50, 1)]
    [InlineData(SchedulerKind.CosineWithRestarts, 2, 100, 0)]
    [InlineData(SchedulerKind.CosineWave, 2, 25, 0)]
    [InlineData(SchedulerKind.CosineWave, 2, 50, 1)]
    [InlineData(SchedulerKind.CosineWave, 2, 100, 1)]
    [InlineData(SchedulerKind.Rex, 1, 50, 0.5 / (0.1 + 0.45))]
    [InlineData(SchedulerKind.Rex, 1, 0, 1)]
    [InlineData(SchedulerKind.Rex, 1, 100, 0)]
    [InlineData(SchedulerKind.Linear, 1, 75, 0.25)]
    [InlineData(SchedulerKind.Linear, 1, 500, 0)]
    [InlineData(SchedulerKind.ConstantWithWarmup, 1, 75, 1)]
    [InlineData(SchedulerKind.Adafactor, 1, 75, 1)]
    public void Curve_WithoutAWarmUp_GivesItsValues(SchedulerKind kind, double cycles, int step, double expected) =>
        Assert.Equal(expected, new LearningRateSchedule(new() { Scheduler = kind, Warmup = StepAmount.Steps(0), Cycles = cycles }, 100, 1e-4).Factor(step), 1e-12);

    [Fact]
    public void Cosine_OfOneCycleWithRestarts_IsTheSame()
    {
        var (plain, restarts) = (Schedule(SchedulerKind.Cosine, 100, 10), Schedule(SchedulerKind.CosineWithRestarts, 100, 10));
        for (var step = 0; step <= 100; step++) Assert.Equal(plain.Factor(step), restarts.Factor(step), 1e-12);
    }

    [Fact]
    public void Constant_WithAWarmUp_IgnoresIt() => Assert.Equal(1, Schedule(SchedulerKind.Constant, 100, 10).Factor(0));

    [Theory]
    [InlineData(null, 100, 16)]
    [InlineData(100, 84, 4)]
    public void InverseSqrt_OfAFourthPartOfItsStep_IsHalf(int? timescale, int step, int warmup)
    {
        var schedule = new LearningRateSchedule(new() { Scheduler = SchedulerKind.InverseSqrt, Warmup = StepAmount.Steps(warmup), Timescale = timescale }, 1000, 1e-4);
        var scale = timescale ?? warmup;
        Assert.Equal(1, schedule.Factor(warmup));
        Assert.Equal(1 / Math.Sqrt((step - warmup + scale) / (double)scale), schedule.Factor(step), 1e-12);
        Assert.Equal(0.5, schedule.Factor(warmup + 3 * scale), 1e-12);
    }

    [Fact]
    public void InverseSqrt_WithoutWarmUpOrTimescale_TakesTenThousand() =>
        Assert.Equal(Math.Sqrt(0.5), Schedule(SchedulerKind.InverseSqrt, 20_000, 0).Factor(10_000), 1e-12);

    [Fact]
    public void WarmupStableDecay_RisesStaysAndFalls()
    {
        var schedule = new LearningRateSchedule(new() { Scheduler = SchedulerKind.WarmupStableDecay, Warmup = StepAmount.Steps(10), Decay = StepAmount.Steps(20), MinimumFactor = 0.1 }, 100, 1e-4);
        Assert.Equal(0.5, schedule.Factor(5), 1e-12);
        Assert.Equal(1, schedule.Factor(10), 1e-12);
        Assert.Equal(1, schedule.Factor(80), 1e-12);
        Assert.Equal(0.55, schedule.Factor(90), 1e-12);
        Assert.Equal(0.1, schedule.Factor(100), 1e-12);
    }

    [Fact]
    public void CosineWithMinLr_EndsAtItsShareButBeginsAtZero()
    {
        var schedule = new LearningRateSchedule(new() { Scheduler = SchedulerKind.CosineWithMinLr, Warmup = StepAmount.Steps(10), MinimumFactor = 0.2 }, 110, 1e-4);
        Assert.Equal(0, schedule.Factor(0));
        Assert.Equal(0.2 + 0.8 * 0.5, schedule.Factor(60), 1e-12);
        Assert.Equal(0.2, schedule.Factor(110), 1e-12);
    }

    [Theory]
    [InlineData(0, 0.04)]
    [InlineData(29, 1)]
    [InlineData(64, (1 + 4e-6) / 2)]
    [InlineData(99, 4e-6)]
    [InlineData(150, 4e-6)]
    public void OneCycle_RisesOverAThirdAndFalls(int step, double expected) =>
        Assert.Equal(expected, Schedule(SchedulerKind.OneCycle, 100, 10).Factor(step), 1e-12);

    [Fact]
    public void Polynomial_EndsAtItsAbsoluteRate()
    {
        var schedule = new LearningRateSchedule(new() { Scheduler = SchedulerKind.Polynomial, Warmup = StepAmount.Steps(0), Power = 3 }, 100, 1e-4);
        Assert.Equal(1, schedule.Factor(0), 1e-12);
        Assert.Equal((1e-4 - 1e-7) / 8 + 1e-7, 1e-4 * schedule.Factor(50), 1e-15);
        Assert.Equal(1e-7, 1e-4 * schedule.Factor(100), 1e-15);
    }

    [Fact]
    public void PiecewiseConstant_FollowsItsLevels()
    {
        var schedule = new LearningRateSchedule(new() { Scheduler = SchedulerKind.PiecewiseConstant, Levels = "1:100, 0.1:200,0.01" }, 300, 1e-4);
        Assert.Equal([1, 1, 0.1, 0.1, 0.01, 0.01], new[] { 0, 99, 100, 199, 200, 999 }.Select(schedule.Factor));
    }

    [Theory]
    [InlineData("", "''")]
    [InlineData("1:100,", "''")]
    [InlineData("1:x,0.5", "'1:x'")]
    [InlineData("1:100,0.1:50,0.01", "step 50")]
    public void PiecewiseConstant_OfWrongLevels_SaysWhere(string levels, string where) =>
        Assert.Contains(where, Assert.Throws<ArgumentException>(() => new LearningRateSchedule(new() { Scheduler = SchedulerKind.PiecewiseConstant, Levels = levels }, 300, 1e-4)).Message, StringComparison.Ordinal);

    [Fact]
    public void Warmup_LongerThanTheRun_IsClampedWithAWarning()
    {
        var schedule = Schedule(SchedulerKind.Cosine, 60, 100);
        Assert.Equal(60, schedule.WarmupSteps);
        Assert.Contains("100 steps is longer than the run of 60", Assert.Single(schedule.Warnings), StringComparison.Ordinal);
        Assert.Equal(59 / 60.0, schedule.Factor(59), 1e-12);
        Assert.Equal(1, schedule.Factor(60));
    }

    [Fact]
    public void Warmup_OfMostOfTheRun_WarnsOnly()
    {
        Assert.Contains("100 of 130", Assert.Single(Schedule(SchedulerKind.Cosine, 130, 100).Warnings), StringComparison.Ordinal);
        Assert.Empty(Schedule(SchedulerKind.Cosine, 200, 100).Warnings);
        Assert.Empty(Schedule(SchedulerKind.Constant, 10, 100).Warnings);
    }

    [Fact]
    public void Warmup_AsAShare_IsThatPartOfTheRun() =>
        Assert.Equal(13, new LearningRateSchedule(new() { Warmup = StepAmount.Share(0.1) }, 130, 1e-4).WarmupSteps);

    [Fact]
    public void Decay_LongerThanWhatIsLeft_IsClampedWithAWarning()
    {
        var schedule = new LearningRateSchedule(new() { Scheduler = SchedulerKind.WarmupStableDecay, Warmup = StepAmount.Steps(10), Decay = StepAmount.Steps(200) }, 100, 1e-4);
        Assert.Equal(90, schedule.DecaySteps);
        Assert.Contains("200 steps", Assert.Single(schedule.Warnings), StringComparison.Ordinal);
    }

    [Fact]
    public void Factor_OfEveryCurve_StaysFiniteAndWithinOne()
    {
        foreach (var kind in Enum.GetValues<SchedulerKind>())
            foreach (var total in new[] { 1, 2, 3, 7, 100 })
            {
                var schedule = new LearningRateSchedule(new() { Scheduler = kind, Warmup = StepAmount.Share(0.2), Levels = "1:2,0.5" }, total, 1e-4);
                for (var step = 0; step <= total + 2; step++) Assert.InRange(schedule.Factor(step), 0, 1);
            }
    }

    private static LearningRateSchedule Schedule(SchedulerKind kind, int total, int warmup) =>
        new(new() { Scheduler = kind, Warmup = StepAmount.Steps(warmup) }, total, 1e-4);
}
