using LoraBridge.Checkpoints.Naming;
using LoraBridge.Lora.Formats;
using static TorchSharp.torch;

namespace LoraBridge.Lora.Algorithms;

/// <summary>
/// The plain low-rank change (Hu et al. 2021, arXiv:2106.09685): alpha / r · up · down. In the CP form a kernel stands between
/// two 1x1 convolutions.
/// </summary>
internal sealed class LowRankModule : LoraModule
{
    private readonly Tensor _down, _up;
    private readonly Tensor? _mid;

    /// <summary>Takes tensors over that have been checked against the layer.</summary>
    /// <param name="target">The layer it changes.</param>
    /// <param name="tensors">Of the kinds down, up and perhaps mid, a bias and others that go along.</param>
    /// <param name="scale">alpha / r.</param>
    public LowRankModule(ModuleName target, IReadOnlyDictionary<string, Tensor> tensors, double scale) : base(target, AlgorithmOf(tensors), tensors)
    {
        (_down, _up, _mid) = (tensors[TensorKind.Down], tensors[TensorKind.Up], tensors.GetValueOrDefault(TensorKind.Mid));
        Scale = scale;
        Rank = _down.shape[0];
    }

    /// <summary>Takes factors over that a trainer or a tool has made.</summary>
    /// <param name="target">The layer it changes.</param>
    /// <param name="down">(r, in), (r, in, 1, 1) or (r, in, k, k).</param>
    /// <param name="up">(out, r) or (out, r, 1, 1).</param>
    /// <param name="mid">(r, r, k, k), or null.</param>
    /// <param name="scale">alpha / r.</param>
    public LowRankModule(ModuleName target, Tensor down, Tensor up, Tensor? mid, double scale) : this(target, Named(down, up, mid), scale)
    {
    }

    /// <summary>Takes the tensors of a layer.</summary>
    public static LowRankModule Create(ModuleTensors tensors)
    {
        var (up, down) = (tensors.Matrix(TensorKind.Up), tensors.Matrix(TensorKind.Down));
        var rank = down.Rows;
        tensors.Check(up.Rows == tensors.Out, TensorKind.Up, "does not have a row for every output");
        if (tensors.Take(TensorKind.Mid) is { } mid)
        {
            tensors.Check(mid.dim() == 4 && mid.shape[2] * mid.shape[3] == tensors.Kernel, TensorKind.Mid, "does not have the layer's kernel");
            tensors.Check(mid.shape[0] == rank && mid.shape[1] == rank && up.Columns == rank, TensorKind.Mid, "does not fit its factors");
            tensors.Check(down.Columns == tensors.In, TensorKind.Down, "does not have a column for every input");
        }
        else
        {
            tensors.Check(up.Columns == rank, TensorKind.Up, $"does not have a column for each of the {rank} ranks of its other factor");
            // tools that merge write convolutions' factors as matrices
            tensors.Check(down.Columns == tensors.In * tensors.Kernel && (down.Matrix.dim() == 2 || down.Matrix.shape[1] == tensors.In), TensorKind.Down, "does not have a column for every input");
        }
        tensors.TakeBias(TensorKind.UpBias, TensorKind.DifferenceOfBias);
        return new(tensors.Target, tensors.Taken, tensors.Scale(rank, TensorKind.Down));
    }

    /// <inheritdoc/>
    public override long? Rank { get; }

    /// <inheritdoc/>
    public override double Scale { get; }

    /// <inheritdoc/>
    public override bool IsThin => !ChangesBias;

    /// <inheritdoc/>
    public override Tensor WeightDifference(Tensor weight, int? dynamicRank = null)
    {
        using var scope = NewDisposeScope();
        var (down, up) = Product(dynamicRank);
        return up.mm(down.flatten(start_dim: 1)).reshape(weight.shape).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override LowRankFactors? Factors(int? dynamicRank = null)
    {
        if (!IsThin) return null;
        using var scope = NewDisposeScope();
        var (down, up) = Product(dynamicRank);
        return new(down.MoveToOuterDisposeScope(), up.MoveToOuterDisposeScope());
    }

    private (Tensor Down, Tensor Up) Product(int? dynamicRank)
    {
        var rank = Math.Clamp(dynamicRank ?? long.MaxValue, 1, _down.shape[0]);
        var (a, b) = (_down.to(float32), _up.to(float32).flatten(start_dim: 1));    // (r, in, …), (out, r)
        if (_mid is not null)
        {
            // Σ_b mid[a, b, x, y] down[b, in]: the kernel moves into down
            var core = _mid.to(float32);                                        // (r, r, k, k)
            var flat = a.flatten(start_dim: 1);                                 // (r, in)
            a = core.permute(0, 2, 3, 1).reshape(-1, flat.shape[0]).mm(flat)    // (r k k, in)
                .reshape(core.shape[0], core.shape[2], core.shape[3], -1).permute(0, 3, 1, 2);   // (r, in, k, k)
        }
        return (a.narrow(0, 0, rank).contiguous(), b.narrow(1, 0, rank) * Scale);
    }

    private static string AlgorithmOf(IReadOnlyDictionary<string, Tensor> tensors)
    {
        var kernel = tensors.GetValueOrDefault(TensorKind.Mid) ?? tensors[TensorKind.Down];
        return kernel.dim() == 4 && kernel.shape[3] > 1 ? "LoCon" : "LoRA";
    }

    private static Dictionary<string, Tensor> Named(Tensor down, Tensor up, Tensor? mid)
    {
        var tensors = new Dictionary<string, Tensor> { [TensorKind.Down] = down, [TensorKind.Up] = up };
        if (mid is not null) tensors[TensorKind.Mid] = mid;
        return tensors;
    }
}
