using static TorchSharp.torch;

namespace LoraBridge.Training.Optimizers;

/// <summary>Adam with weight decay apart from the gradient (Loshchilov and Hutter 2017, arXiv:1711.05101), its state in 32 or in 8 bits.</summary>
public sealed class AdamW : Optimizer
{
    /// <summary>Tensors with fewer elements keep 32 bits: what they could save is nothing.</summary>
    public const long LeastQuantized = 4096;

    private const string Mean = "mean", Square = "square";

    private readonly double _beta1, _beta2, _epsilon;

    /// <summary>An optimizer with the usual numbers.</summary>
    /// <param name="groups">What is trained.</param>
    /// <param name="beta1">How much of the mean gradient stays.</param>
    /// <param name="beta2">How much of the mean square stays.</param>
    /// <param name="epsilon">Added to the root of the square.</param>
    /// <param name="eightBit">Keep the state of large tensors in 8 bits.</param>
    public AdamW(IEnumerable<ParameterGroup> groups, double beta1 = 0.9, double beta2 = 0.999, double epsilon = 1e-8, bool eightBit = false) : base(groups)
    {
        (_beta1, _beta2, _epsilon) = (beta1, beta2, epsilon);
        ForEach(state =>
        {
            if (eightBit && state.Parameter.numel() >= LeastQuantized)
            {
                state.AddQuantized(Mean, isSquare: false);
                state.AddQuantized(Square, isSquare: true);
                return;
            }
            state.AddZeros(Mean);
            state.AddZeros(Square);
        });
    }

    private protected override void Move(ParameterState state, Tensor value, Tensor gradient)
    {
        var rate = state.Group.LearningRate;
        var mean = state.Read(Mean).mul_(_beta1).add_(gradient, 1 - _beta1);
        var square = state.Read(Square).mul_(_beta2).addcmul_(gradient, gradient, 1 - _beta2);
        // both averages begin at 0; dividing by 1 - beta^steps makes up for it
        var root = square.sqrt().div_(Math.Sqrt(1 - Math.Pow(_beta2, state.Steps))).add_(_epsilon);
        value.mul_(1 - rate * state.Group.WeightDecay);
        value.addcdiv_(mean, root, -rate / (1 - Math.Pow(_beta1, state.Steps)));
        state.Write(Mean, mean);
        state.Write(Square, square);
    }
}
