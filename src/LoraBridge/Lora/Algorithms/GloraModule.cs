using LoraBridge.Lora.Formats;
using static TorchSharp.torch;

namespace LoraBridge.Lora.Algorithms;

/// <summary>Generalised LoRA (Chavan et al. 2023, arXiv:2306.07967): scale · (W A + B), both A and B products of thin matrices.</summary>
internal sealed class GloraModule : LoraModule
{
    private readonly string[] _order;                                           // left and right of A, left and right of B

    private GloraModule(ModuleTensors tensors, string[] order, long rank, double scale) : base(tensors.Target, "GLoRA", tensors.Taken)
    {
        _order = order;
        (Rank, Scale) = (rank, scale);
    }

    /// <inheritdoc/>
    public override long? Rank { get; }

    /// <inheritdoc/>
    public override double Scale { get; }

    /// <summary>Takes the tensors of a layer.</summary>
    public static GloraModule Create(ModuleTensors tensors)
    {
        string[] today = [TensorKind.GloraA1, TensorKind.GloraA2, TensorKind.GloraB1, TensorKind.GloraB2];
        string[] before = [TensorKind.GloraA2, TensorKind.GloraA1, TensorKind.GloraB2, TensorKind.GloraB1];
        foreach (var kind in today) tensors.Matrix(kind);

        // early files have 1 and 2 the other way round
        var order = Fits(tensors, today) ? today : before;
        if (!Fits(tensors, order)) throw tensors.WrongModule($"has matrices that make no change of a weight of [{string.Join(", ", tensors.Shape)}]", kind: TensorKind.GloraA1);
        tensors.TakeBias(TensorKind.DifferenceOfBias);
        var rank = tensors.Matrix(order[3]).Rows;
        return new(tensors, order, rank, tensors.Scale(rank, order[3]));
    }

    /// <inheritdoc/>
    public override Tensor WeightDifference(Tensor weight, int? dynamicRank = null)
    {
        using var scope = NewDisposeScope();
        var (a1, a2) = (Matrix(_order[0]), Matrix(_order[1]));                  // (n, r), (r, n): n is in, or in k²
        // W A, over the inputs at every position of the kernel or over both together
        var rows = a1.shape[0] == weight.shape[1] && weight.dim() == 4
            ? weight.permute(0, 2, 3, 1).reshape(-1, weight.shape[1])           // (out k², in)
            : weight.flatten(start_dim: 1);                                     // (out, n)
        var product = rows.mm(a1).mm(a2);
        product = rows.shape[0] == weight.shape[0]
            ? product.reshape(weight.shape)
            : product.reshape(weight.shape[0], weight.shape[2], weight.shape[3], weight.shape[1]).permute(0, 3, 1, 2);
        return ((product + Added(weight)) * Scale).contiguous().MoveToOuterDisposeScope();
    }

    private Tensor Added(Tensor weight)
    {
        var (b1, b2) = (Matrix(_order[2]), Matrix(_order[3]));
        var added = Tensors.ContainsKey(TensorKind.GloraMid) ? TuckerCore.Expand(Float(TensorKind.GloraMid), b1.t(), b2) : b1.mm(b2);
        return added.reshape(weight.shape);
    }

    private Tensor Matrix(string kind) => Float(kind).flatten(start_dim: 1);

    private static bool Fits(ModuleTensors tensors, string[] order)
    {
        var (a1, a2, b1, b2) = (tensors.Matrix(order[0]), tensors.Matrix(order[1]), tensors.Matrix(order[2]), tensors.Matrix(order[3]));
        var whole = tensors.In * tensors.Kernel;
        var mid = tensors.Take(TensorKind.GloraMid);
        return a1.Columns == a2.Rows && a1.Rows == a2.Columns && (a1.Rows == tensors.In || a1.Rows == whole) && b1.Rows == tensors.Out
            && (mid is null
                ? b1.Columns == b2.Rows && b2.Columns == whole
                : b2.Columns == tensors.In && mid.dim() == 4 && mid.shape[0] == b1.Columns && mid.shape[1] == b2.Rows && mid.shape[2] * mid.shape[3] == tensors.Kernel);
    }
}
