using static TorchSharp.torch;

namespace LoraBridge.Training.Optimizers;

/// <summary>Adam that finds its learning rate (Mishchenko and Defazio 2023, arXiv:2306.06101); one estimate d serves all groups, whose rates multiply it.</summary>
public sealed class Prodigy : Optimizer
{
    private const string Start = "start", Mean = "mean", Square = "square", Path = "path";

    private readonly RateEstimateOptions _options;
    private readonly ScalarSum _progress = new(), _length = new();
    private double _d, _greatest, _numerator, _stepD;

    /// <summary>An optimizer; 1 is the learning rate that is meant.</summary>
    public Prodigy(IEnumerable<ParameterGroup> groups, RateEstimateOptions? options = null) : base(groups)
    {
        _options = options ?? new();
        _d = _greatest = _stepD = _options.InitialD;
        ForEach(state =>
        {
            state.AddCopy(Start);
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
        gradient = Decayed(state, value, gradient);
        var (beta1, beta2, rate) = (_options.Beta1, _options.Beta2, Rate(state, _d));
        var share = _d / _options.InitialD;
        _progress.Add((gradient * (state.Read(Start) - value)).sum(), share * rate);
        state.Read(Mean).mul_(beta1).add_(gradient, _d * (1 - beta1));
        state.Read(Square).mul_(beta2).addcmul_(gradient, gradient, _d * _d * (1 - beta2));
        var path = state.Read(Path).mul_(Beta3).add_(gradient, share * (_options.SafeguardWarmup ? _d : rate));
        _length.Add(path.abs().sum(), 1);
    }

    private protected override void Adapt()
    {
        _stepD = _d;
        _numerator = Beta3 * _numerator + _progress.Take();
        var length = _length.Take();
        if (length <= 0) return;                                                // nothing moved yet, as in a warm-up's first step at rate 0
        var estimate = _options.DCoefficient * _numerator / length;
        if (_d == _options.InitialD) _d = Math.Max(_d, estimate);
        _greatest = Math.Max(_greatest, estimate);
        _d = Math.Min(_greatest, _d * _options.GrowthRate);
    }

    private protected override void Move(ParameterState state, Tensor value, Tensor gradient)
    {
        // the step's length was settled before d grew
        var rate = Rate(state, _stepD);
        if (_options.Decouple) value.mul_(1 - state.Group.WeightDecay * rate);
        value.addcdiv_(state.Read(Mean), state.Read(Square).sqrt().add_(_d * _options.Epsilon), -rate);
    }

    private protected override void SaveScalars(SavedState saved)
    {
        saved.Add("d", _d);
        saved.Add("d_max", _greatest);
        saved.Add("numerator", _numerator);
    }

    private protected override void LoadScalars(SavedState saved) =>
        (_d, _greatest, _numerator) = (saved.Scalar("d"), saved.Scalar("d_max"), saved.Scalar("numerator"));

    private double Beta3 => _options.Beta3 ?? Math.Sqrt(_options.Beta2);

    private double Rate(ParameterState state, double d) => d * state.Group.LearningRate * _options.Correction(state.Steps);

    private Tensor Decayed(ParameterState state, Tensor value, Tensor gradient) =>
        _options.Decouple || state.Group.WeightDecay == 0 ? gradient : gradient.add(value, state.Group.WeightDecay);
}
