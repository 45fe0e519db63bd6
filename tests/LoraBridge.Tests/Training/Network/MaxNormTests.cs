using LoraBridge.Training.Network;
using LoraBridge.Training.Settings;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Training.Network;

public sealed class MaxNormTests : IDisposable
{
    private readonly TinyNetwork _tiny = new();
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose()
    {
        _scope.Dispose();
        _tiny.Dispose();
    }

    [Fact]
    public void Limit_OfAQuarter_HalvesBothFactors()
    {
        using var network = Network(new() { Rank = 4, MaxNorm = 1 }, norm: 4);
        var module = (TrainableLora)network.Modules[0];
        var (down, up) = (module.Down.Value.detach().clone(), module.Up.Value.detach().clone());

        var result = network.LimitNorms()!.Value;

        TensorAssert.Close(down * 0.5, module.Down.Value, 1e-6);
        TensorAssert.Close(up * 0.5, module.Up.Value, 1e-6);
        Assert.Equal((1, 1, 1), (result.Scaled, Math.Round(result.MeanNorm, 4), Math.Round(result.LargestNorm, 4)));
        Assert.Equal(1, Assert.Single(network.Norms()).Value, 1e-4);
    }

    [Theory]
    [InlineData(0.9)]
    [InlineData(0.3)]       // below half of the limit
    [InlineData(0.0)]
    public void Norm_BelowTheLimit_Stays(double norm)
    {
        using var network = Network(new() { Rank = 4, MaxNorm = 1 }, norm);
        using var before = network.State();
        Assert.Equal(0, network.LimitNorms()!.Value.Scaled);
        foreach (var tensor in network.Modules[0].Tensors) TensorAssert.Same(before.Tensors[tensor.Name], tensor.Value.detach());
    }

    [Theory]
    [InlineData(NetworkAlgorithm.LoHa)]
    [InlineData(NetworkAlgorithm.LoKr)]
    [InlineData(NetworkAlgorithm.Full)]
    [InlineData(NetworkAlgorithm.IA3)]
    public void Limit_OfOtherAlgorithms_IsKept(NetworkAlgorithm algorithm)
    {
        using var network = _tiny.Create(new() { Algorithm = algorithm, Rank = 4, MaxNorm = 0.05 }, TinyNetwork.SomeLayers[0], TinyNetwork.SomeLayers[2]);
        TinyNetwork.Stir(network);
        var before = network.Norms();
        Assert.All(before.Values, norm => Assert.True(norm > 0.05));

        var result = network.LimitNorms()!.Value;

        Assert.Equal(2, result.Scaled);
        Assert.All(network.Norms().Values, norm => Assert.Equal(0.05, norm, 1e-5));
        Assert.Equal(0.05, result.LargestNorm, 1e-5);
    }

    [Fact]
    public void NoLimit_DoesNothing()
    {
        using var network = _tiny.Create(new() { Rank = 4 }, TinyNetwork.SomeLayers[0]);
        Assert.Null(network.LimitNorms());
    }

    private TrainableNetwork Network(NetworkOptions options, double norm)
    {
        var network = _tiny.Create(options, TinyNetwork.SomeLayers[0]);
        TinyNetwork.Stir(network);
        var module = (TrainableLora)network.Modules[0];
        module.Up.Multiply(norm / module.Difference().norm().ToDouble());
        return network;
    }
}
