using LoraBridge.Training.Logging;

namespace LoraBridge.Tests.Training.Logging;

public sealed class RunningLossTests
{
    [Fact]
    public void Add_FromTheFirst_IsTheWeightedMean()
    {
        var running = new RunningLoss(0.5);

        Assert.Null(running.Value);
        Assert.Equal(4, running.Add(4), 12);
        // weights 1/4 and 1/2
        Assert.Equal((4 * 0.25 + 1 * 0.5) / 0.75, running.Add(1), 12);
        Assert.Equal((4 * 0.125 + 1 * 0.25 + 2 * 0.5) / 0.875, running.Add(2), 12);
    }

    [Fact]
    public void Add_NotFinite_IsLeftOut()
    {
        var running = new RunningLoss();

        Assert.True(double.IsNaN(running.Add(double.NaN)));
        running.Add(0.5);
        Assert.Equal(0.5, running.Add(double.PositiveInfinity), 12);
    }

    [Fact]
    public void State_GoesOnBitForBit()
    {
        RunningLoss whole = new(), first = new();
        for (var i = 0; i < 7; i++) whole.Add(i * 0.3);
        for (var i = 0; i < 4; i++) first.Add(i * 0.3);
        var second = new RunningLoss(state: first.State);
        for (var i = 4; i < 7; i++) second.Add(i * 0.3);

        Assert.Equal(whole.Value, second.Value);
    }

    [Theory]
    [InlineData(-0.1)]
    [InlineData(1)]
    public void Constructor_DecayOutOfRange_IsRefused(double decay) => Assert.Throws<ArgumentOutOfRangeException>(() => new RunningLoss(decay));
}
