using LoraBridge.Lora.Formats;
using static TorchSharp.torch;

namespace LoraBridge.Lora.Algorithms;

/// <summary>Another weight in the place of the layer's own, so that D = set − W.</summary>
internal sealed class ReplacementModule : LoraModule
{
    private ReplacementModule(ModuleTensors tensors) : base(tensors.Target, "Set", tensors.Taken)
    {
    }

    /// <summary>Takes the tensor of a layer.</summary>
    public static ReplacementModule Create(ModuleTensors tensors)
    {
        var set = tensors.Need(TensorKind.Replacement);
        tensors.Check(set.NumberOfElements == tensors.Out * tensors.In * tensors.Kernel && set.dim() > 0 && set.shape[0] == tensors.Out, TensorKind.Replacement, "is not as long as the weight");
        tensors.TakeBias(TensorKind.DifferenceOfBias);
        return new(tensors);
    }

    /// <inheritdoc/>
    public override Tensor WeightDifference(Tensor weight, int? dynamicRank = null)
    {
        using var scope = NewDisposeScope();
        return (Float(TensorKind.Replacement).reshape(weight.shape) - weight).MoveToOuterDisposeScope();
    }
}
