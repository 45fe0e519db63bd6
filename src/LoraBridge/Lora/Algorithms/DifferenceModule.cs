using LoraBridge.Lora.Formats;
using static TorchSharp.torch;

namespace LoraBridge.Lora.Algorithms;

/// <summary>The difference itself, as long as the layer's weight: LyCORIS' full and norm modules, and what extraction tools leave whole.</summary>
internal sealed class DifferenceModule : LoraModule
{
    private readonly string _kind;

    private DifferenceModule(ModuleTensors tensors, string algorithm, string kind) : base(tensors.Target, algorithm, tensors.Taken) => _kind = kind;

    /// <inheritdoc/>
    public override bool ChangesWeight => Tensors.ContainsKey(_kind);

    /// <summary>Takes <c>diff</c> and <c>diff_b</c> of a layer.</summary>
    public static DifferenceModule Full(ModuleTensors tensors) => Create(tensors, "Full", TensorKind.Difference, TensorKind.DifferenceOfBias);

    /// <summary>Takes <c>w_norm</c> and <c>b_norm</c> of a norm.</summary>
    public static DifferenceModule Norm(ModuleTensors tensors) => Create(tensors, "Norm", TensorKind.NormWeight, TensorKind.NormBias);

    /// <inheritdoc/>
    public override Tensor WeightDifference(Tensor weight, int? dynamicRank = null)
    {
        using var scope = NewDisposeScope();
        return Float(_kind).reshape(weight.shape).clone().MoveToOuterDisposeScope();
    }

    private static DifferenceModule Create(ModuleTensors tensors, string algorithm, string kind, string biasKind)
    {
        if (tensors.Take(kind) is { } difference)
            tensors.Check(difference.NumberOfElements == tensors.Out * tensors.In * tensors.Kernel && difference.dim() > 0 && difference.shape[0] == tensors.Out, kind, "is not as long as the weight");
        tensors.TakeBias(biasKind);
        return new(tensors, algorithm, kind);
    }
}
