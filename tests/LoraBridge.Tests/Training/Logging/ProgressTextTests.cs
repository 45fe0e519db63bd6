using LoraBridge.Training;
using LoraBridge.Training.Logging;

namespace LoraBridge.Tests.Training.Logging;

public sealed class ProgressTextTests
{
    private static readonly TrainingStepDone s_half = new(500, 1000, 2, 4, 0.2, 0.12345, 1e-4, 2.5, TimeSpan.FromSeconds(3725), 8_500_000_000);

    [Fact]
    public void Bar_WideLine_HasEveryFigure() =>
        Assert.Equal(" 50% |████████████████████                    | 500/1000 loss 0.1235 lr 1e-4 2.50 pictures/s 1:02:05 left 7.9 GB epoch 2/4", ProgressText.Bar(s_half, 140).Replace("|  500", "| 500", StringComparison.Ordinal));

    [Fact]
    public void Bar_Terminal_HasAllButTheEpoch() =>
        Assert.Equal(" 50% |███▌   |  500/1000 loss 0.1235 lr 1e-4 2.50 pictures/s 1:02:05 left 7.9 GB", ProgressText.Bar(s_half, 80));

    [Fact]
    public void Bar_AnyWidth_Fits()
    {
        for (var width = 0; width < 200; width++)
        {
            var bar = ProgressText.Bar(s_half, width);
            Assert.True(bar.Length <= width, $"{bar.Length} columns of {width}");
            Assert.Equal(width >= 13, bar.Contains('█', StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData(0, "          ")]
    [InlineData(1, "▏         ")]
    [InlineData(79, "█████████▉")]
    [InlineData(80, "██████████")]
    [InlineData(90, "██████████")]
    public void Bar_Stage_IsFilledByEighths(int done, string cells) =>
        Assert.EndsWith($"% |{cells}|", ProgressText.Bar(new TrainingStage("caching", done / 80.0), 25), StringComparison.Ordinal);

    [Fact]
    public void Bar_NothingKnown_IsEmpty()
    {
        Assert.Equal("loading   0% |          |", ProgressText.Bar(new TrainingStage("loading", double.NaN), 25));
        Assert.Contains("0/0", ProgressText.Bar(s_half with { Step = 0, Steps = 0 }, 100), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(-5, "0:00")]
    [InlineData(65, "1:05")]
    [InlineData(3600, "1:00:00")]
    [InlineData(90_000, "1 d 1 h")]
    public void Time_AnySpan_IsShort(double seconds, string expected) => Assert.Equal(expected, ProgressText.Time(TimeSpan.FromSeconds(seconds)));

    [Theory]
    [InlineData(0, "0 MB")]
    [InlineData(512L << 20, "512 MB")]
    [InlineData(3L << 29, "1.5 GB")]
    public void Memory_AnyAmount_HasAUnit(long bytes, string expected) => Assert.Equal(expected, ProgressText.Memory(bytes));

    [Fact]
    public void StepRate_Steps_AreTimedWithoutPauses()
    {
        var clock = new TestClock();
        var rate = new StepRate(clock);
        Assert.Null(rate.SecondsPerStep);
        Assert.Null(rate.Left(5));

        for (var i = 0; i < 3; i++)
        {
            clock.Now += TimeSpan.FromSeconds(2);
            rate.Step(4);
            clock.Now += TimeSpan.FromMinutes(10);                                              // a sample is drawn
            rate.Skip();
        }

        Assert.Equal(2, rate.SecondsPerStep!.Value, 9);
        Assert.Equal(2, rate.PicturesPerSecond!.Value, 9);
        Assert.Equal(TimeSpan.FromSeconds(20), rate.Left(10));
    }

    [Fact]
    public void StepRate_SlowsDown_ShowsItSoon()
    {
        var clock = new TestClock();
        var rate = new StepRate(clock);
        for (var i = 0; i < 100; i++)
        {
            clock.Now += TimeSpan.FromSeconds(i < 80 ? 1 : 50);
            rate.Step(1);
        }

        Assert.InRange(rate.SecondsPerStep!.Value, 40, 50);
    }
}
