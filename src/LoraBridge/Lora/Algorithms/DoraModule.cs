using LoraBridge.Lora.Formats;
using static TorchSharp.torch;

namespace LoraBridge.Lora.Algorithms;

/// <summary>
/// A change in direction alone, with lengths that were learned apart (Liu et al. 2024, arXiv:2402.09353):
/// W' = m ⊙ V / ‖V‖ with V = W + what the adapter inside adds; D = W' − W.
/// </summary>
internal sealed class DoraModule : LoraModule
{
    private readonly LoraModule _inner;

    private DoraModule(LoraModule inner, IReadOnlyDictionary<string, Tensor> tensors, bool isByOutput)
        : base(inner.Target, $"DoRA ({inner.Algorithm})", tensors)
    {
        _inner = inner;
        IsByOutput = isByOutput;
    }

    /// <summary>Whether lengths are those of the weight's rows, one for each output; else of its columns, one for each input.</summary>
    public bool IsByOutput { get; }

    /// <summary>What changes the direction.</summary>
    public LoraModule Inner => _inner;

    /// <inheritdoc/>
    public override long? Rank => _inner.Rank;

    /// <inheritdoc/>
    public override double Scale => _inner.Scale;

    /// <summary>Puts lengths on a module of the same layer.</summary>
    /// <param name="inner">The module; taken over.</param>
    /// <param name="tensors">Where its tensors came from.</param>
    public static DoraModule Create(LoraModule inner, ModuleTensors tensors)
    {
        if (tensors.Has(TensorKind.Magnitude))
        {
            // PEFT's are by output, even where a convolution's look like those of inputs elsewhere
            var magnitude = tensors.Need(TensorKind.Magnitude);
            tensors.Check(magnitude.NumberOfElements == tensors.Out, TensorKind.Magnitude, "does not have a length for every output");
            tensors.Taken.Remove(TensorKind.Magnitude);
            tensors.Taken[TensorKind.DoraScale] = magnitude.reshape([tensors.Out, .. Enumerable.Repeat(1L, tensors.Shape.Count - 1)]);
            return new(inner, tensors.Taken, isByOutput: true);
        }
        var lengths = tensors.Need(TensorKind.DoraScale);
        var shape = lengths.shape;
        // the place of the ones decides, never the number: square layers would fit either way
        var byOutput = lengths.NumberOfElements == tensors.Out && (shape is [_] || (shape.Length > 1 && shape[0] == tensors.Out));
        var byInput = shape.Length > 1 && shape[0] == 1 && shape[1] == tensors.In && lengths.NumberOfElements == tensors.In;
        tensors.Check(byOutput || byInput, TensorKind.DoraScale, "has neither a length for every output nor one for every input");
        return new(inner, tensors.Taken, byOutput);
    }

    /// <inheritdoc/>
    public override Tensor WeightDifference(Tensor weight, int? dynamicRank = null)
    {
        using var scope = NewDisposeScope();
        var changed = weight + _inner.WeightDifference(weight, dynamicRank);
        var rest = Enumerable.Range(0, (int)weight.dim()).Select(i => (long)i).Where(i => i != (IsByOutput ? 0 : 1)).ToArray();
        var norm = linalg.vector_norm(changed, 2, rest, keepdim: true).clamp_min(float.Epsilon);
        var shape = Enumerable.Repeat(1L, (int)weight.dim()).ToArray();
        shape[IsByOutput ? 0 : 1] = -1;
        return (changed / norm * Float(TensorKind.DoraScale).reshape(shape) - weight).MoveToOuterDisposeScope();
    }
}
