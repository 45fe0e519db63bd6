using LoraBridge.Lora.Formats;
using static TorchSharp.torch;

namespace LoraBridge.Lora.Algorithms;

/// <summary>
/// The product, element by element, of two low-rank matrices (Hyeon-Woo et al. 2022, arXiv:2108.06098): scale · (A₁ B₁) ⊙ (A₂ B₂).
/// In the Tucker form each of the two has a kernel between its matrices.
/// </summary>
internal sealed class LohaModule : LoraModule
{
    private readonly long _products, _smallerSide;

    private LohaModule(ModuleTensors tensors, long rank, long products, double scale) : base(tensors.Target, "LoHa", tensors.Taken)
    {
        (Rank, Scale) = (rank, scale);
        (_products, _smallerSide) = (products, Math.Min(tensors.Out, tensors.In * tensors.Kernel));
    }

    /// <inheritdoc/>
    public override long? Rank { get; }

    /// <inheritdoc/>
    public override double Scale { get; }

    /// <summary>The difference has rank r² at most: thin where that is small beside the layer.</summary>
    public override bool IsThin => !IsTucker && !ChangesBias && 2 * _products <= _smallerSide;

    private bool IsTucker => Tensors.ContainsKey(TensorKind.HadaT1);

    /// <summary>Takes the tensors of a layer.</summary>
    public static LohaModule Create(ModuleTensors tensors)
    {
        var ranks = new long[2];
        var tucker = tensors.Has(TensorKind.HadaT1) || tensors.Has(TensorKind.HadaT2);
        foreach (var (i, (a, b, t)) in new[] { (TensorKind.HadaW1A, TensorKind.HadaW1B, TensorKind.HadaT1), (TensorKind.HadaW2A, TensorKind.HadaW2B, TensorKind.HadaT2) }.Index())
        {
            var (left, right) = (tensors.Matrix(a), tensors.Matrix(b));
            ranks[i] = right.Rows;
            if (tucker)
            {
                var core = tensors.Need(t);
                tensors.Check(core.dim() == 4 && core.shape[2] * core.shape[3] == tensors.Kernel && core.shape[0] == left.Rows && core.shape[1] == right.Rows, t, "is no core for its matrices");
                tensors.Check(left.Columns == tensors.Out, a, "does not have a column for every output");
                tensors.Check(right.Columns == tensors.In, b, "does not have a column for every input");
            }
            else
            {
                tensors.Check(left.Rows == tensors.Out && left.Columns == right.Rows, a, "does not have a row for every output and a column for every rank");
                tensors.Check(right.Columns == tensors.In * tensors.Kernel, b, "does not have a column for every input");
            }
        }
        tensors.TakeBias(TensorKind.DifferenceOfBias);
        return new(tensors, ranks[0], ranks[0] * ranks[1], tensors.Scale(ranks[0], TensorKind.HadaW1B));
    }

    /// <inheritdoc/>
    public override Tensor WeightDifference(Tensor weight, int? dynamicRank = null)
    {
        using var scope = NewDisposeScope();
        var first = Half(TensorKind.HadaW1A, TensorKind.HadaW1B, TensorKind.HadaT1);
        var second = Half(TensorKind.HadaW2A, TensorKind.HadaW2B, TensorKind.HadaT2);
        return (first * second * Scale).reshape(weight.shape).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override LowRankFactors? Factors(int? dynamicRank = null)
    {
        if (!IsThin) return null;
        using var scope = NewDisposeScope();
        // (A₁ B₁) ⊙ (A₂ B₂) = (A₁ • A₂) (B₁ • B₂), the products of all pairs of columns and of rows
        var (a1, a2) = (Matrix(TensorKind.HadaW1A), Matrix(TensorKind.HadaW2A));
        var (b1, b2) = (Matrix(TensorKind.HadaW1B), Matrix(TensorKind.HadaW2B));
        var up = (a1.unsqueeze(2) * a2.unsqueeze(1)).flatten(start_dim: 1) * Scale;         // (out, r²)
        var down = (b1.unsqueeze(1) * b2.unsqueeze(0)).flatten(0, 1);                       // (r², in k²)
        return new(down.MoveToOuterDisposeScope(), up.MoveToOuterDisposeScope());
    }

    private Tensor Matrix(string kind) => Float(kind).flatten(start_dim: 1);

    private Tensor Half(string a, string b, string t) =>
        IsTucker ? TuckerCore.Expand(Float(t), Matrix(a), Matrix(b)) : Matrix(a).mm(Matrix(b));
}
