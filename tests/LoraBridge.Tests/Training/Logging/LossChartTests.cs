using LoraBridge.Imaging;
using LoraBridge.Training.Logging;

namespace LoraBridge.Tests.Training.Logging;

public sealed class LossChartTests
{
    private static readonly Rgb s_smoothed = new(24, 88, 184), s_validation = new(214, 96, 20);

    [Fact]
    public void Draw_FallingLoss_FallsFromLeftToRight()
    {
        var picture = LossChart.Draw(Enumerable.Range(1, 400).Select(step => new HistoryEntry { Step = step, SmoothedLoss = 1 - step * 2e-3 }));

        // the topmost blue pixel of a column near either end
        var (first, last) = (Top(picture, s_smoothed, 130), Top(picture, s_smoothed, picture.Width - 60));
        Assert.InRange(first, 0, picture.Height);
        Assert.True(last > first + 30, $"{first} on the left, {last} on the right");
    }

    [Fact]
    public void Draw_AllSeries_ShowTheirColours()
    {
        var picture = LossChart.Draw(History(200), new() { Width = 480, Height = 300, Title = "cat" });

        Assert.Equal((480, 300, 3), (picture.Width, picture.Height, picture.Channels));
        Assert.True(Count(picture, s_smoothed) > 100);
        Assert.True(Count(picture, s_validation) > 50);
        Assert.NotEqual(picture.Pixels, LossChart.Draw(History(200).Where(entry => entry.Event is null), new() { Width = 480, Height = 300, Title = "cat" }).Pixels);
        Assert.True(Count(picture, Rgb.White) > 480 * 300 / 2);
    }

    [Fact]
    public void Draw_NotFiniteLosses_AreLeftOut()
    {
        var clean = LossChart.Draw(History(50).Where(entry => entry.Event is null));
        var withFaults = LossChart.Draw(History(50).Where(entry => entry.Event is null).Append(new() { Step = 20, Loss = double.NaN, SmoothedLoss = double.PositiveInfinity }));

        Assert.Equal(clean.Pixels, withFaults.Pixels);
    }

    [Fact]
    public void Draw_OneOutlier_DoesNotFlattenTheRest()
    {
        var history = Enumerable.Range(1, 300).Select(step => new HistoryEntry { Step = step, Loss = step == 150 ? 1e6 : 0.1 + 0.05 * Math.Sin(step), SmoothedLoss = 0.1 + 0.05 * Math.Cos(step / 50.0) });
        var picture = LossChart.Draw(history);

        var rows = Enumerable.Range(0, picture.Height).Where(y => Enumerable.Range(120, picture.Width - 140).Any(x => At(picture, x, y) == s_smoothed)).ToList();
        Assert.True(rows.Count > picture.Height / 3, $"the line covers {rows.Count} rows");
    }

    public static TheoryData<string, HistoryEntry[]> Sparse => new()
    {
        { "nothing", [] },
        { "no loss", [new() { Step = 3 }] },
        { "one step", [new() { Step = 1, Loss = 0.5, SmoothedLoss = 0.5 }] },
        { "one value", [new() { Step = 1, Loss = 0 }, new() { Step = 2, Loss = 0 }] },
        { "one step twice", [new() { Step = 5, Loss = 1 }, new() { Step = 5, Loss = 2 }] },
        { "negative", [new() { Step = 1, Loss = -1 }, new() { Step = 2, Loss = -2 }] },
        { "huge", [new() { Step = 1, Loss = 1e300 }, new() { Step = 5_000_000_000, Loss = 1e301 }] },
        { "a fault alone", [new() { Step = 7, Event = new(HistoryEventKind.NotFinite) }] },
    };

    [Theory]
    [MemberData(nameof(Sparse))]
    public void Draw_SparseHistory_IsAPicture(string what, HistoryEntry[] history)
    {
        Assert.NotEmpty(what);
        Assert.Equal(960, LossChart.Draw(history).Width);
        Assert.Equal(320, LossChart.Draw(history, new() { Width = 320, Height = 200 }).Width);
    }

    [Fact]
    public void Draw_TooSmall_IsRefused() => Assert.Throws<ArgumentOutOfRangeException>(() => LossChart.Draw([], new() { Width = 100 }));

    [Theory]
    [InlineData(0, 100, 5, "0 20 40 60 80 100")]
    [InlineData(0, 1, 4, "0.0 0.5 1.0")]
    [InlineData(0.081, 0.119, 5, "0.09 0.10 0.11")]
    [InlineData(0, 24_000, 4, "0 10k 20k")]
    [InlineData(-3, 3, 6, "-3 -2 -1 0 1 2 3")]
    [InlineData(0, 2_500_000, 3, "0 1M 2M")]
    public void Ticks_AnyRange_AreRound(double low, double high, int most, string expected) =>
        Assert.Equal(expected, string.Join(' ', new ChartScale(low, high, 0, 100).Ticks(most).Select(tick => tick.Label)));

    [Fact]
    public void Ticks_WholeNumbers_AreNeverHalved() =>
        Assert.Equal(["1", "2", "3"], new ChartScale(1, 3, 0, 100).Ticks(10, least: 1).Select(tick => tick.Label));

    [Fact]
    public void Place_Values_AreLinear()
    {
        var scale = new ChartScale(1, 3, 200, 100);

        Assert.Equal([200, 150, 100, 50], new[] { 1.0, 2, 3, 4 }.Select(scale.Place));
        Assert.Equal(150, new ChartScale(5, 5, 100, 200).Place(5), 9);
    }

    private static IEnumerable<HistoryEntry> History(int steps)
    {
        var random = new Random(4);
        var running = new RunningLoss(0.97);
        for (var step = 1; step <= steps; step++)
        {
            var loss = 0.09 + 0.09 * Math.Exp(-step / (steps * 0.25)) + 0.035 * (random.NextDouble() + random.NextDouble() + random.NextDouble() - 1.5);
            yield return new()
            {
                Step = step,
                Loss = loss,
                SmoothedLoss = running.Add(loss),
                Validation = step % (steps / 16) == 0 ? new() { [HistoryEntry.ValidationLoss] = 0.1 + 0.08 * Math.Exp(-step / (steps * 0.2)) + 0.03 * step / steps } : null,
                Event = step == steps * 2 / 3 ? new(HistoryEventKind.RolledBack) : null,
            };
        }
    }

    private static int Top(Picture picture, Rgb color, int x)
    {
        // below the legend
        for (var y = 60; y < picture.Height; y++)
            if (At(picture, x, y) == color) return y;
        return -1;
    }

    private static int Count(Picture picture, Rgb color) => Enumerable.Range(0, picture.Width * picture.Height).Count(i => At(picture, i % picture.Width, i / picture.Width) == color);

    private static Rgb At(Picture picture, int x, int y)
    {
        var pixel = picture.Row(y).Slice(x * 3, 3);
        return new(pixel[0], pixel[1], pixel[2]);
    }
}
