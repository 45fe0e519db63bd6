using LoraBridge.Lora.Formats;
using static TorchSharp.torch;

namespace LoraBridge.Lora.Algorithms;

/// <summary>A factor for every output, or for every input, of the layer (Liu et al. 2022, arXiv:2205.05638): W ⊙ w.</summary>
internal sealed class Ia3Module : LoraModule
{
    private readonly bool _onInput;

    private Ia3Module(ModuleTensors tensors, bool onInput) : base(tensors.Target, "IA3", tensors.Taken) => _onInput = onInput;

    /// <summary>Takes the tensors of a layer.</summary>
    public static Ia3Module Create(ModuleTensors tensors)
    {
        var count = tensors.Need(TensorKind.Ia3).NumberOfElements;
        // where the mark is missing the length decides, and outputs are the rule
        var onInput = tensors.Number(TensorKind.OnInput) is { } mark ? mark != 0 : count != tensors.Out;
        tensors.Check(count == (onInput ? tensors.In : tensors.Out), TensorKind.Ia3, onInput ? "does not have a factor for every input" : "does not have a factor for every output");
        tensors.TakeBias(TensorKind.DifferenceOfBias);
        return new(tensors, onInput);
    }

    /// <inheritdoc/>
    public override Tensor WeightDifference(Tensor weight, int? dynamicRank = null)
    {
        using var scope = NewDisposeScope();
        var shape = Enumerable.Repeat(1L, (int)weight.dim()).ToArray();
        shape[_onInput ? 1 : 0] = -1;
        return (weight * Float(TensorKind.Ia3).reshape(shape)).MoveToOuterDisposeScope();
    }
}
