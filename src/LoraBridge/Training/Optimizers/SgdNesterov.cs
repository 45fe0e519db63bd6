using static TorchSharp.torch;

namespace LoraBridge.Training.Optimizers;

/// <summary>Steps along the gradient with Nesterov's momentum, its state in 32 or in 8 bits; weight decay is a part of the gradient.</summary>
public sealed class SgdNesterov : Optimizer
{
    private const string Sum = "momentum";

    private readonly double _momentum;

    /// <summary>An optimizer.</summary>
    /// <param name="groups">What is trained.</param>
    /// <param name="momentum">How much of the running sum stays.</param>
    /// <param name="eightBit">Keep the state of large tensors in 8 bits.</param>
    public SgdNesterov(IEnumerable<ParameterGroup> groups, double momentum = 0.9, bool eightBit = false) : base(groups)
    {
        _momentum = momentum;
        ForEach(state =>
        {
            if (eightBit && state.Parameter.numel() >= AdamW.LeastQuantized) state.AddQuantized(Sum, isSquare: false);
            else state.AddZeros(Sum);
        });
    }

    private protected override void Move(ParameterState state, Tensor value, Tensor gradient)
    {
        if (state.Group.WeightDecay != 0) gradient = gradient.add(value, state.Group.WeightDecay);
        var sum = state.Read(Sum).mul_(_momentum).add_(gradient);
        value.add_(gradient.add(sum, _momentum), -state.Group.LearningRate);
        state.Write(Sum, sum);
    }
}
