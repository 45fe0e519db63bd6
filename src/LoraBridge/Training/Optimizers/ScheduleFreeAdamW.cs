using static TorchSharp.torch;

namespace LoraBridge.Training.Optimizers;

/// <summary>AdamW that averages instead of lowering its learning rate (Defazio et al. 2024, arXiv:2405.15682).</summary>
/// <remarks>
/// Three points: z takes the steps, x is the mean of z weighted by the squared rate, and gradients are taken between them at
/// y = (1 - beta1) z + beta1 x. Parameters hold y while training and x between <see cref="Optimizer.BeginEvaluation"/> and its disposal: x is what to save.
/// </remarks>
public sealed class ScheduleFreeAdamW : Optimizer
{
    private const string Point = "z", Average = "x", Square = "square";

    private readonly double _beta1, _beta2, _epsilon;
    private readonly double[] _weightSums, _shares;

    /// <summary>An optimizer; its learning rate wants a warm-up and no other schedule.</summary>
    /// <param name="groups">What is trained.</param>
    /// <param name="beta1">How close to the average gradients are taken.</param>
    /// <param name="beta2">How much of the mean square stays.</param>
    /// <param name="epsilon">Added to the root of the square.</param>
    public ScheduleFreeAdamW(IEnumerable<ParameterGroup> groups, double beta1 = 0.9, double beta2 = 0.999, double epsilon = 1e-8) : base(groups)
    {
        (_beta1, _beta2, _epsilon) = (beta1, beta2, epsilon);
        (_weightSums, _shares) = (new double[Groups.Count], new double[Groups.Count]);
        ForEach(state =>
        {
            state.AddCopy(Point);
            state.AddCopy(Average);
            state.AddZeros(Square);
        });
    }

    private protected override void Adapt()
    {
        for (var i = 0; i < _shares.Length; i++)
        {
            var weight = Groups[i].LearningRate * Groups[i].LearningRate;
            _weightSums[i] += weight;
            _shares[i] = weight == 0 ? 0 : weight / _weightSums[i];
        }
    }

    private protected override void Move(ParameterState state, Tensor value, Tensor gradient)
    {
        var (z, x) = (state.Read(Point), state.Read(Average));
        var square = state.Read(Square).mul_(_beta2).addcmul_(gradient, gradient, 1 - _beta2);
        var step = gradient / square.sqrt().div_(Math.Sqrt(1 - Math.Pow(_beta2, state.Steps))).add_(_epsilon);
        z.sub_(step.add_(value, state.Group.WeightDecay).mul_(state.Group.LearningRate));
        x.mul_(1 - _shares[state.GroupIndex]).add_(z, _shares[state.GroupIndex]);
        value.copy_(Between(z, x));
    }

    private protected override Tensor EvaluationValue(ParameterState state) => state.Read(Average);

    // whichever of x and y the parameters were saved as
    private protected override void AfterLoad(ParameterState state)
    {
        var value = state.Value();
        value.copy_(Between(state.Read(Point), state.Read(Average)));
        state.Store(value);
    }

    private protected override void SaveScalars(SavedState saved)
    {
        for (var i = 0; i < _weightSums.Length; i++) saved.Add($"weight_sum.{i}", _weightSums[i]);
    }

    private protected override void LoadScalars(SavedState saved)
    {
        for (var i = 0; i < _weightSums.Length; i++) _weightSums[i] = saved.Scalar($"weight_sum.{i}");
    }

    private Tensor Between(Tensor z, Tensor x) => (z * (1 - _beta1)).add_(x, _beta1);
}
