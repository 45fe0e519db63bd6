using static TorchSharp.torch;

namespace LoraBridge.Training.Optimizers;

/// <summary>How <see cref="Adafactor"/> steps.</summary>
public sealed record AdafactorOptions
{
    /// <summary>Find the learning rate from the step count and leave the groups' alone.</summary>
    public bool RelativeStep { get; init; } = true;

    /// <summary>Scale steps by the root mean square of the parameter.</summary>
    public bool ScaleParameter { get; init; } = true;

    /// <summary>Let the relative rate begin small, at 1e-6 times the step.</summary>
    public bool WarmupInit { get; init; }

    /// <summary>Steps whose root mean square is above this are scaled down to it.</summary>
    public double ClipThreshold { get; init; } = 1;

    /// <summary>The power of the step count by which the memory grows.</summary>
    public double DecayRate { get; init; } = -0.8;

    /// <summary>Added to squared gradients.</summary>
    public double SquareEpsilon { get; init; } = 1e-30;

    /// <summary>The least root mean square that a parameter counts for.</summary>
    public double ScaleEpsilon { get; init; } = 1e-3;
}

/// <summary>Adam without a mean, whose square is kept as means of rows and of columns (Shazeer and Stern 2018, arXiv:1804.04235).</summary>
/// <remarks>A convolution's weights count as a matrix of its outputs by everything else, so that small kernels are factored too.</remarks>
public sealed class Adafactor : Optimizer
{
    private const string Rows = "rows", Columns = "columns", Square = "square";

    private readonly AdafactorOptions _options;

    /// <summary>An optimizer.</summary>
    public Adafactor(IEnumerable<ParameterGroup> groups, AdafactorOptions? options = null) : base(groups)
    {
        _options = options ?? new();
        ForEach(state =>
        {
            var shape = state.Parameter.shape;
            if (shape.Length < 2)
            {
                state.AddZeros(Square);
                return;
            }
            state.AddZeros(Rows, [shape[0], 1]);
            state.AddZeros(Columns, [1, state.Parameter.numel() / shape[0]]);
        });
    }

    /// <inheritdoc/>
    public override double EffectiveLearningRate(ParameterGroup group) => _options.RelativeStep ? RelativeRate(Math.Max(1, Steps)) : group.LearningRate;

    private protected override void Move(ParameterState state, Tensor value, Tensor gradient)
    {
        var update = Normalized(state, gradient);
        update.div_(update.square().mean().sqrt_().div_(_options.ClipThreshold).clamp_min(1));

        Tensor rate = full([], _options.RelativeStep ? RelativeRate(state.Steps) : state.Group.LearningRate, dtype: float32, device: value.device);
        // stays on the device: reading the parameter's size back would wait for it
        if (_options.ScaleParameter) rate = rate.mul_(value.square().mean().sqrt_().clamp_min(_options.ScaleEpsilon));
        if (state.Group.WeightDecay != 0) value.sub_(value * (rate * state.Group.WeightDecay));
        value.sub_(update.mul_(rate));
    }

    // the gradient over the root of its running square
    private Tensor Normalized(ParameterState state, Tensor gradient)
    {
        var stays = 1 - Math.Pow(state.Steps, _options.DecayRate);
        var square = gradient.square().add_(_options.SquareEpsilon);
        if (gradient.ndim < 2) return state.Read(Square).mul_(stays).add_(square, 1 - stays).rsqrt().mul_(gradient);

        square = square.flatten(start_dim: 1);                                                       // (rows, columns)
        var rows = state.Read(Rows).mul_(stays).add_(square.mean([1], keepdim: true), 1 - stays);       // (rows, 1)
        var columns = state.Read(Columns).mul_(stays).add_(square.mean([0], keepdim: true), 1 - stays); // (1, columns)
        return (gradient.flatten(start_dim: 1) * (rows / rows.mean()).rsqrt_() * columns.rsqrt()).view(gradient.shape);
    }

    private double RelativeRate(long step) => Math.Min(_options.WarmupInit ? 1e-6 * step : 1e-2, 1 / Math.Sqrt(step));
}
