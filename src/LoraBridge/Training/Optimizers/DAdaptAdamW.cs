using static TorchSharp.torch;

namespace LoraBridge.Training.Optimizers;

/// <summary>AdamW that finds its learning rate by D-Adaptation (Defazio and Mishchenko 2023, arXiv:2301.07733); one estimate d serves all groups.</summary>
public sealed class DAdaptAdamW : Optimizer
{
    private const string Mean = "mean", Square = "square", Path = "path";

    private readonly RateEstimateOptions _options;
    private readonly double _beta;
    private readonly ScalarSum _progress = new(), _length = new();
    private double _d, _stepD, _numerator;

    /// <summary>An optimizer; 1 is the learning rate that is meant.</summary>
    public DAdaptAdamW(IEnumerable<ParameterGroup> groups, RateEstimateOptions? options = null) : base(groups)
    {
        _options = options ?? new();
        (_d, _beta) = (_options.InitialD, Math.Sqrt(_options.Beta2));
        ForEach(state =>
        {
            state.AddZeros(Mean);
            state.AddZeros(Square);
            state.AddZeros(Path);
        });
    }

    /// <summary>The estimate that the next step uses.</summary>
    public double D => _d;

    /// <inheritdoc/>
    public override double EffectiveLearningRate(ParameterGroup group) => _d * group.LearningRate;

    private protected override bool LooksFirst => true;

    private protected override void Look(ParameterState state, Tensor value, Tensor gradient)
    {
        if (!_options.Decouple && state.Group.WeightDecay != 0) gradient = gradient.add(value, state.Group.WeightDecay);
        var (beta1, beta2, rate) = (_options.Beta1, _options.Beta2, Rate(state, _d));
        var (square, path) = (state.Read(Square), state.Read(Path));
        _progress.Add((gradient * path / square.sqrt().add_(_options.Epsilon)).sum(), rate);
        state.Read(Mean).mul_(beta1).add_(gradient, rate * (1 - beta1));
        square.mul_(beta2).addcmul_(gradient, gradient, 1 - beta2);
        _length.Add(path.mul_(_beta).add_(gradient, rate * (1 - _beta)).abs().sum(), 1);
    }

    private protected override void Adapt()
    {
        _stepD = _d;
        _numerator = _beta * _numerator + (1 - _beta) * _progress.Take();
        var length = _length.Take();
        if (length <= 0) return;                                                // nothing moved yet, as in a warm-up's first step at rate 0
        var estimate = _numerator / ((1 - _beta) * length);
        _d = Math.Max(_d, Math.Min(estimate, _d * _options.GrowthRate));
    }

    private protected override void Move(ParameterState state, Tensor value, Tensor gradient)
    {
        // the mean holds its rates already; decay goes by the rate from before d grew
        if (_options.Decouple) value.mul_(1 - state.Group.WeightDecay * Rate(state, _stepD));
        value.addcdiv_(state.Read(Mean), state.Read(Square).sqrt().add_(_options.Epsilon), -1);
    }

    private protected override void SaveScalars(SavedState saved)
    {
        saved.Add("d", _d);
        saved.Add("numerator", _numerator);
    }

    private protected override void LoadScalars(SavedState saved) => (_d, _numerator) = (saved.Scalar("d"), saved.Scalar("numerator"));

    private double Rate(ParameterState state, double d) => d * state.Group.LearningRate * _options.Correction(state.Steps);
}
