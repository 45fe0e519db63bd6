using LoraBridge.Training.Logging;

namespace LoraBridge.Tests.Training.Logging;

public sealed class ProgressTextTests
{
    private static readonly TrainingProgress s_half = new()
    {
        Done = 500,
        Total = 1000,
        Epoch = 1,
        Epochs = 4,
        Loss = 0.12345,
        LearningRate = 1e-4,
        SecondsPerStep = 0.4,
        PicturesPerSecond = 2.5,
        Elapsed = TimeSpan.FromSeconds(200),
        Left = TimeSpan.FromSeconds(3725),
        PeakMemory = 8_500_000_000,
    };

    [Fact]
    public void Line_EveryFigure_IsThere() =>
        Assert.Equal("epoch 2/4: 50%, 500/1000, loss 0.1235, 1:02:05 left, 2.50 it/s, 2.50 pictures/s, peak 7.9 GB, lr 1e-4, 3:20 gone", ProgressText.Line(s_half));

    [Fact]
    public void Line_LittleKnown_SaysLittle()
    {
        Assert.Equal("caching: 25%, 1/4", ProgressText.Line(new() { Phase = TrainingPhase.Caching, Done = 1, Total = 4 }));
        Assert.Equal("loading: 0%", ProgressText.Line(new() { Phase = TrainingPhase.Loading, Done = 0, Total = 0 }));
        Assert.Equal("training: 0%, 0/4, loss NaN, 2.50 s/it", ProgressText.Line(new() { Done = 0, Total = 4, Loss = double.NaN, SecondsPerStep = 2.5 }));
    }

    [Fact]
    public void Bar_Terminal_HasBarAndFigures() =>
        Assert.Equal("epoch 2/4  50% |███████▌       |  500/1000  loss 0.1235  1:02:05 left  2.50 it/s", ProgressText.Bar(s_half, 80));

    [Fact]
    public void Bar_AnyWidth_Fits()
    {
        for (var width = 0; width < 200; width++)
        {
            var bar = ProgressText.Bar(s_half, width);
            Assert.True(bar.Length <= width, $"{bar.Length} columns of {width}");
            Assert.Equal(width >= 25, bar.Contains('█', StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData(0, "          ")]
    [InlineData(1, "▏         ")]
    [InlineData(79, "█████████▉")]
    [InlineData(80, "██████████")]
    [InlineData(90, "██████████")]
    public void Bar_Fraction_IsFilledByEighths(long done, string cells) =>
        Assert.Contains($"|{cells}|", ProgressText.Bar(new() { Done = done, Total = 80 }, 32), StringComparison.Ordinal);

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
