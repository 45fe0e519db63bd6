using LoraBridge.Training.Objective;

namespace LoraBridge.Tests.Training.Objective;

public sealed class TimestepBandsTests
{
    [Fact]
    public void Of_Losses_IsTheMeanOfThoseNearestToEachTimestep()
    {
        var bands = TimestepBands.Of([(0, 1), (999, 5), (250, 3), (301, 7), (310, 9)], [800, 200, 400]);

        Assert.Equal([new(200, 2), new(400, 8), new(800, 5)], bands);
    }

    [Fact]
    public void Of_ALossBetweenTwo_IsTheSmallersAndEmptyBandsAreLeftOut()
    {
        Assert.Equal([new(200, 4)], TimestepBands.Of([(300, 4)], [400, 200]));
        Assert.Empty(TimestepBands.Of([], [200]));
    }
}
