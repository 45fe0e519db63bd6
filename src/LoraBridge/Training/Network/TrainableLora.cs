using LoraBridge.Diffusion.Models;
using LoraBridge.Lora.Algorithms;
using LoraBridge.Lora.Formats;
using LoraBridge.Training.Settings;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace LoraBridge.Training.Network;

/// <summary>
/// scale · up · down (Hu et al. 2021, arXiv:2106.09685), beside the layer and never formed: the backward pass keeps the layer's
/// input and the thin product. Where kernels are decomposed too, one stands between two 1x1 convolutions.
/// </summary>
internal sealed class TrainableLora : TrainableModule
{
    private readonly TrainedTensor _down, _up;
    private readonly TrainedTensor? _mid;

    public TrainableLora(ModuleSetup setup) : base(setup)
    {
        var (plan, network) = (setup.Plan, setup.Network);
        long rank = plan.Rank;
        var shape = plan.Shape;
        var hasMid = network.Tucker && plan.Kernel > 1;
        long[] down = hasMid ? [rank, shape[1], 1, 1] : [rank, .. shape.Skip(1)];
        long[] up = shape.Count == 4 ? [shape[0], rank, 1, 1] : [shape[0], rank];
        var inputs = down[1..].Aggregate(1L, (a, b) => a * b);

        _down = Add(TensorKind.Down, stream => network.Initialization == NetworkInitialization.Gaussian
            ? InitialValues.Normal(stream, down, 1.0 / rank)
            : InitialValues.Kaiming(stream, down, inputs), new(0, IsZero: false), network.Algorithm != NetworkAlgorithm.LoRAFa);
        if (hasMid)
        {
            long[] mid = [rank, rank, shape[2], shape[3]];
            _mid = Add(TensorKind.Mid, stream => InitialValues.Kaiming(stream, mid, rank * plan.Kernel));
        }
        _up = Add(TensorKind.Up, _ => zeros(up), new(1, IsZero: true));
        AddLengths();
    }

    /// <summary>The factor that the input meets first.</summary>
    public TrainedTensor Down => _down;

    /// <summary>The factor that makes the outputs.</summary>
    public TrainedTensor Up => _up;

    /// <summary>Whether a kernel stands between the two.</summary>
    public bool HasMid => _mid is not null;

    /// <inheritdoc/>
    public override IReadOnlyList<TrainedTensor> Factors => _mid is null ? [_down, _up] : [_down, _mid, _up];

    /// <inheritdoc/>
    public override Tensor Difference()
    {
        using var scope = NewDisposeScope();
        var (down, up) = (_down.As(float32).flatten(start_dim: 1), _up.As(float32).flatten(start_dim: 1));
        var product = _mid is null ? up.mm(down) : TuckerCore.Expand(_mid.As(float32), up.t(), down);
        return (product * Scale).reshape(Layer.WeightShape).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override Tensor Norm()
    {
        if (_mid is not null) return base.Norm();
        using var scope = NewDisposeScope();
        var (down, up) = (_down.As(float32).flatten(start_dim: 1), _up.As(float32).flatten(start_dim: 1));
        // ‖U D‖² = Σ (UᵀU) ⊙ (D Dᵀ): r by r instead of out by in
        var square = (up.t().mm(up) * down.mm(down.t())).sum().clamp_min(0);
        return (square.sqrt() * Math.Abs(Scale)).MoveToOuterDisposeScope();
    }

    protected override Tensor Product(Tensor x, Tensor? bias, LayerDraws? draws)
    {
        using var scope = NewDisposeScope();
        var y = Layer.With(x, Layer.Weight, bias);
        var (down, up) = (_down.As(x.dtype), _up.As(x.dtype));
        if (Layer is Conv2dLayer convolution)
        {
            long[] stride = [convolution.Stride, convolution.Stride], padding = [convolution.Padding, convolution.Padding];
            var inner = _mid is null
                ? functional.conv2d(x, down, strides: stride, padding: padding)
                : functional.conv2d(functional.conv2d(x, down), _mid.As(x.dtype), strides: stride, padding: padding);   // (B, r, H', W')
            inner = Dropped(inner, draws, axis: 1);
            return y.add(functional.conv2d(inner, up), Scale).MoveToOuterDisposeScope();
        }
        var thin = functional.linear(x, down);                                  // (B, …, r)
        thin = Dropped(thin, draws, (int)thin.dim() - 1);
        return y.flatten(0, -2).addmm(thin.flatten(0, -2), up.t(), beta: 1, alpha: (float)Scale).view(y.shape).MoveToOuterDisposeScope();
    }

    private static Tensor Dropped(Tensor thin, LayerDraws? draws, int axis) => draws is null ? thin : draws.Ranks(draws.Activations(thin), axis);
}
