using LoraBridge.Training.Optimizers;

namespace LoraBridge.Tests.Training.Optimizers;

public sealed class LossScalerTests
{
    [Fact]
    public void Update_After2000GoodSteps_Doubles()
    {
        var scaler = new LossScaler(enabled: true);
        Assert.Equal(65536, scaler.Scale);
        for (var step = 0; step < 1999; step++) scaler.Update(wereFinite: true);
        Assert.Equal(65536, scaler.Scale);
        scaler.Update(wereFinite: true);
        Assert.Equal(131072, scaler.Scale);
    }

    [Fact]
    public void Update_AfterAnOverflow_HalvesAndCountsAnew()
    {
        var scaler = new LossScaler(enabled: true);
        for (var step = 0; step < 1999; step++) scaler.Update(wereFinite: true);
        scaler.Update(wereFinite: false);
        Assert.Equal(32768, scaler.Scale);
        for (var step = 0; step < 1999; step++) scaler.Update(wereFinite: true);
        Assert.Equal(32768, scaler.Scale);
    }

    [Fact]
    public void Load_OfAState_GoesOnWithItsCount()
    {
        var first = new LossScaler(enabled: true);
        first.Update(wereFinite: false);
        for (var step = 0; step < 1500; step++) first.Update(wereFinite: true);
        using var state = first.State();
        var second = new LossScaler(enabled: true);
        second.Load(state);
        for (var step = 0; step < 499; step++) second.Update(wereFinite: true);
        Assert.Equal(32768, second.Scale);
        second.Update(wereFinite: true);
        Assert.Equal(65536, second.Scale);
    }

    [Fact]
    public void Update_WhenNotEnabled_StaysAtOne()
    {
        var scaler = new LossScaler(enabled: false);
        scaler.Update(wereFinite: false);
        using var state = new LossScaler(enabled: true).State();
        scaler.Load(state);
        Assert.Equal(1, scaler.Scale);
    }
}
