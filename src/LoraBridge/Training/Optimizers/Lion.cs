using static TorchSharp.torch;

namespace LoraBridge.Training.Optimizers;

/// <summary>Steps of one size, by the sign of a mean gradient (Chen et al. 2023, arXiv:2302.06675), its state in 32 or in 8 bits.</summary>
public sealed class Lion : Optimizer
{
    private const string Mean = "mean";

    private readonly double _beta1, _beta2;

    /// <summary>An optimizer with the usual numbers; its learning rate is 3 to 10 times smaller than AdamW's, its decay as much larger.</summary>
    /// <param name="groups">What is trained.</param>
    /// <param name="beta1">How much the mean counts in the step's direction.</param>
    /// <param name="beta2">How much of the mean stays.</param>
    /// <param name="eightBit">Keep the state of large tensors in 8 bits.</param>
    public Lion(IEnumerable<ParameterGroup> groups, double beta1 = 0.9, double beta2 = 0.99, bool eightBit = false) : base(groups)
    {
        (_beta1, _beta2) = (beta1, beta2);
        ForEach(state =>
        {
            if (eightBit && state.Parameter.numel() >= AdamW.LeastQuantized) state.AddQuantized(Mean, isSquare: false);
            else state.AddZeros(Mean);
        });
    }

    private protected override void Move(ParameterState state, Tensor value, Tensor gradient)
    {
        var rate = state.Group.LearningRate;
        var mean = state.Read(Mean);
        value.mul_(1 - rate * state.Group.WeightDecay);
        value.add_((mean * _beta1).add_(gradient, 1 - _beta1).sign_(), -rate);
        state.Write(Mean, mean.mul_(_beta2).add_(gradient, 1 - _beta2));
    }
}
