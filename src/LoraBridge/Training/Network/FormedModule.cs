using LoraBridge.Torch;
using static TorchSharp.torch;

namespace LoraBridge.Training.Network;

/// <summary>A change that must be formed as a whole, as large as the weight. It is formed again in the backward pass, or every layer would keep another weight until then.</summary>
internal abstract class FormedModule(ModuleSetup setup) : TrainableModule(setup)
{
    protected override Tensor Product(Tensor x, Tensor? bias, LayerDraws? draws)
    {
        Tensor Changed(Tensor[] t)
        {
            using var scope = NewDisposeScope();
            var difference = Difference();
            if (draws is not null) difference = draws.Outputs(difference);
            // what is dropped is dropped of the change's inputs, which the layer itself sees whole
            if (draws is { DropsActivations: true })
                return (Layer.With(t[0], Layer.Weight, bias) + Layer.With(draws.Activations(t[0]), difference, null)).MoveToOuterDisposeScope();
            return Layer.With(t[0], Layer.Weight.to(float32) + difference, WithBias(bias)).MoveToOuterDisposeScope();
        }
        return Recomputes ? TorchExtras.Checkpoint(Changed, x) : Changed([x]);
    }

    /// <summary>The bias with what is added to it.</summary>
    protected virtual Tensor? WithBias(Tensor? bias) => bias;
}
