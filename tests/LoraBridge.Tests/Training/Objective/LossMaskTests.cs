using LoraBridge.Training.Objective;
using LoraBridge.Training.Settings;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Training.Objective;

public sealed class LossMaskTests
{
    [Fact]
    public void Prepare_AMaskOfPixels_IsResizedByArea()
    {
        using var scope = NewDisposeScope();
        var pixels = arange(64, dtype: float32).view(1, 1, 8, 8) / 64;
        var mask = LossMask.Prepare(pixels, zeros(1, 4, 2, 4), new(), default);

        Assert.Equal([1, 1, 2, 4], mask.shape);
        // 4 x 2 pixels each
        Assert.Equal(new[] { 0, 1, 8, 9, 16, 17, 24, 25 }.Average() / 64, mask[0, 0, 0, 0].to(float64).data<double>()[0], 1e-6);
        Assert.Equal(new[] { 38, 39, 46, 47, 54, 55, 62, 63 }.Average() / 64, mask[0, 0, 1, 3].to(float64).data<double>()[0], 1e-6);
    }

    [Fact]
    public void Prepare_WithALeastWeight_RaisesWhatIsBelow()
    {
        using var scope = NewDisposeScope();
        var mask = LossMask.Prepare(tensor(new[] { 0f, 0.05f, 0.5f, 1f }).view(1, 1, 2, 2), zeros(1, 4, 2, 2), new() { UnmaskedWeight = 0.1 }, default);
        TensorAssert.Close(tensor(new[] { 0.1f, 0.1f, 0.5f, 1f }).view(1, 1, 2, 2), mask, 1e-7);
    }

    [Fact]
    public void Prepare_WithAChanceToIgnore_IgnoresSoManyAndAlwaysTheSame()
    {
        using var scope = NewDisposeScope();
        var masks = zeros(100, 1, 1, 1);
        var options = new LossOptions { UnmaskedProbability = 0.3 };
        double[] Of(long step) => Optimizers.SmallProblem.Values(LossMask.Prepare(masks, zeros(100, 4, 1, 1), options, new(7, step, 0)));
        var all = Enumerable.Range(0, 20).SelectMany(step => Of(step)).ToArray();

        Assert.All(all, value => Assert.True(value is 0 or 1));
        Assert.Equal(0.3, all.Average(), 0.03);
        Assert.Equal(Of(3), Of(3));
        Assert.NotEqual(Of(3), Of(4));
    }

    [Fact]
    public void Prepare_OfAWrongShape_SaysWhich()
    {
        using var scope = NewDisposeScope();
        Assert.Contains("[3, 1, H, W]", Assert.Throws<ArgumentException>(() => LossMask.Prepare(zeros(2, 1, 4, 4), zeros(3, 4, 4, 4), new(), default)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => LossMask.Prepare(zeros(3, 4, 4), zeros(3, 4, 4, 4), new(), default));
    }

    [Fact]
    public void Mean_Normalised_CountsASmallMaskAsMuchAsALargeOne()
    {
        using var scope = NewDisposeScope();
        var loss = full([2, 3, 2, 2], 4, dtype: float32);
        var mask = tensor(new[] { 1f, 0, 0, 0, 1, 1, 1, 0 }).view(2, 1, 2, 2);
        Assert.Equal([1, 3], Optimizers.SmallProblem.Values(LossMask.Mean(loss, mask, normalize: false)));
        Assert.Equal([4, 4], Optimizers.SmallProblem.Values(LossMask.Mean(loss, mask, normalize: true)));
        Assert.Equal([0, 0], Optimizers.SmallProblem.Values(LossMask.Mean(loss, zeros_like(mask), normalize: true)));
    }
}
