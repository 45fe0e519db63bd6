using LoraBridge.Diffusion;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Diffusion;

public sealed class DenoisingLossTests
{
    [Fact]
    public void PerSample_IsTheMeanSquareOfEach()
    {
        using var scope = NewDisposeScope();
        var prediction = cat([ones(1, 4, 2, 2), full([1, 4, 2, 2], 3.0, dtype: float32)]);
        var perSample = DenoisingLoss.PerSample(prediction, zeros(2, 4, 2, 2));
        TensorAssert.Close(tensor(new[] { 1f, 9f }), perSample);
    }

    [Fact]
    public void Weighted_AveragesOverTheBatchAndNotOverTheWeights()
    {
        using var scope = NewDisposeScope();
        var loss = DenoisingLoss.Weighted(tensor(new[] { 1f, 9f }), [0.5, 0.1]);
        Assert.Equal((0.5 * 1 + 0.1 * 9) / 2, loss.ToDouble(), 1e-6);
    }
}
