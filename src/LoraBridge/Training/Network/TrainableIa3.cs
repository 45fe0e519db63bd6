using LoraBridge.Diffusion.Models;
using LoraBridge.Lora.Formats;
using static TorchSharp.torch;

namespace LoraBridge.Training.Network;

/// <summary>
/// A factor 1 + w for every output of the layer (Liu et al. 2022, arXiv:2205.05638); for the second layer of a feed-forward one
/// for every input, which are the activations that the paper scales.
/// </summary>
internal sealed class TrainableIa3 : TrainableModule
{
    private readonly TrainedTensor _factors;
    private readonly bool _onInput;

    public TrainableIa3(ModuleSetup setup) : base(setup)
    {
        var (path, shape) = (setup.Plan.Layer.Path, setup.Plan.Shape);
        _onInput = setup.Plan.Role == LayerRole.FeedForward && (path.EndsWith(".net.2", StringComparison.Ordinal) || path.EndsWith(".fc2", StringComparison.Ordinal));
        var count = _onInput ? shape[1] : shape[0];
        _factors = Add(TensorKind.Ia3, _ => shape.Count == 4 ? zeros(1, count, 1, 1) : zeros(count));
    }

    /// <inheritdoc/>
    public override long? Rank => null;

    /// <inheritdoc/>
    public override IReadOnlyList<TrainedTensor> Factors => [_factors];

    /// <inheritdoc/>
    public override Tensor Difference()
    {
        using var scope = NewDisposeScope();
        var shape = Enumerable.Repeat(1L, Layer.WeightShape.Length).ToArray();
        shape[_onInput ? 1 : 0] = -1;
        return (Layer.Weight.to(float32) * _factors.As(float32).reshape(shape)).MoveToOuterDisposeScope();
    }

    protected override Tensor Product(Tensor x, Tensor? bias, LayerDraws? draws)
    {
        using var scope = NewDisposeScope();
        var factors = _factors.As(x.dtype) + 1;
        if (_onInput) return Layer.With(x * factors, Layer.Weight, bias).MoveToOuterDisposeScope();
        var y = Layer.With(x, Layer.Weight, null) * factors;
        if (bias is not null) y = y + (Layer is Conv2dLayer ? bias.to(x.dtype).reshape(1, -1, 1, 1) : bias.to(x.dtype));
        return y.MoveToOuterDisposeScope();
    }

    protected override void AddMarks(Dictionary<string, Tensor> tensors, Device device) =>
        tensors[TensorKind.OnInput] = tensor(_onInput ? 1L : 0L, dtype: int64, device: device);
}
