using LoraBridge.Lora.Formats;
using static TorchSharp.torch;

namespace LoraBridge.Lora.Algorithms;

/// <summary>The Kronecker product of two small matrices, each whole or itself a low-rank product (LyCORIS' LoKr): scale · W₁ ⊗ W₂.</summary>
internal sealed class LokrModule : LoraModule
{
    private readonly long _kernel;

    private LokrModule(ModuleTensors tensors, long? rank, double scale) : base(tensors.Target, "LoKr", tensors.Taken)
    {
        (Rank, Scale) = (rank, scale);
        _kernel = tensors.Kernel;
    }

    /// <summary>Of the decomposed one of the two; null where both are whole.</summary>
    public override long? Rank { get; }

    /// <inheritdoc/>
    public override double Scale { get; }

    /// <summary>Takes the tensors of a layer.</summary>
    public static LokrModule Create(ModuleTensors tensors)
    {
        var (first, rank) = (First(tensors), (long?)null);
        if (first.Rank is { } r) rank = r;
        var second = Second(tensors);
        if (second.Rank is { } r2) rank = r2;
        if (first.Out * second.Out != tensors.Out || first.In * second.In != tensors.In)
            throw tensors.WrongModule($"has factors of [{first.Out}, {first.In}] and [{second.Out}, {second.In}], whose Kronecker product is no weight of [{string.Join(", ", tensors.Shape)}]");
        tensors.TakeBias(TensorKind.DifferenceOfBias);
        // with two whole factors alpha means nothing, whatever the file says
        var scale = rank is { } known ? tensors.Scale(known, second.Rank is null ? TensorKind.LokrW1B : TensorKind.LokrW2B) : 1;
        if (rank is null) tensors.Take(TensorKind.Alpha);
        return new(tensors, rank, scale);
    }

    /// <inheritdoc/>
    public override Tensor WeightDifference(Tensor weight, int? dynamicRank = null)
    {
        using var scope = NewDisposeScope();
        var first = Tensors.ContainsKey(TensorKind.LokrW1) ? Matrix(TensorKind.LokrW1) : Matrix(TensorKind.LokrW1A).mm(Matrix(TensorKind.LokrW1B));
        var second = SecondFactor();                                            // (o2, i2, k²)
        var product = first.reshape(first.shape[0], 1, first.shape[1], 1, 1) * second.unsqueeze(1).unsqueeze(0);   // (o1, o2, i1, i2, k²)
        return (product * Scale).reshape(weight.shape).MoveToOuterDisposeScope();
    }

    private Tensor SecondFactor()
    {
        if (Tensors.ContainsKey(TensorKind.LokrT2))
            return TuckerCore.Expand(Float(TensorKind.LokrT2), Matrix(TensorKind.LokrW2A), Matrix(TensorKind.LokrW2B)).flatten(start_dim: 2);
        var flat = Tensors.ContainsKey(TensorKind.LokrW2) ? Matrix(TensorKind.LokrW2) : Matrix(TensorKind.LokrW2A).mm(Matrix(TensorKind.LokrW2B));
        return flat.reshape(flat.shape[0], -1, _kernel);
    }

    private Tensor Matrix(string kind) => Float(kind).flatten(start_dim: 1);

    private static (long Out, long In, long? Rank) First(ModuleTensors tensors)
    {
        if (tensors.Has(TensorKind.LokrW1))
        {
            var (_, rows, columns) = tensors.Matrix(TensorKind.LokrW1);
            return (rows, columns, null);
        }
        var (a, b) = (tensors.Matrix(TensorKind.LokrW1A), tensors.Matrix(TensorKind.LokrW1B));
        tensors.Check(a.Columns == b.Rows, TensorKind.LokrW1A, "does not have a column for every rank");
        return (a.Rows, b.Columns, b.Rows);
    }

    private static (long Out, long In, long? Rank) Second(ModuleTensors tensors)
    {
        var kernel = tensors.Kernel;
        if (tensors.Has(TensorKind.LokrW2))
        {
            var (_, rows, columns) = tensors.Matrix(TensorKind.LokrW2);
            tensors.Check(columns % kernel == 0, TensorKind.LokrW2, "does not have the layer's kernel");
            return (rows, columns / kernel, null);
        }
        var (a, b) = (tensors.Matrix(TensorKind.LokrW2A), tensors.Matrix(TensorKind.LokrW2B));
        if (tensors.Has(TensorKind.LokrT2))
        {
            var core = tensors.Need(TensorKind.LokrT2);
            tensors.Check(core.dim() == 4 && core.shape[2] * core.shape[3] == kernel && core.shape[0] == a.Rows && core.shape[1] == b.Rows, TensorKind.LokrT2, "is no core for its matrices");
            return (a.Columns, b.Columns, b.Rows);
        }
        tensors.Check(a.Columns == b.Rows, TensorKind.LokrW2A, "does not have a column for every rank");
        tensors.Check(b.Columns % kernel == 0, TensorKind.LokrW2B, "does not have the layer's kernel");
        return (a.Rows, b.Columns / kernel, b.Rows);
    }
}
