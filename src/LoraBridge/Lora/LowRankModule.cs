using LoraBridge.Checkpoints.Naming;
using static TorchSharp.torch;

namespace LoraBridge.Lora;

/// <summary>
/// The plain low-rank change (Hu et al. 2021, arXiv:2106.09685): alpha / r · up · down. In the CP form a kernel stands between
/// two 1x1 convolutions.
/// </summary>
/// <param name="target">The layer it changes.</param>
/// <param name="down">(r, in), (r, in, 1, 1) or (r, in, k, k); taken over.</param>
/// <param name="up">(out, r) or (out, r, 1, 1); taken over.</param>
/// <param name="mid">(r, r, k, k), or null; taken over.</param>
/// <param name="scale">alpha / r.</param>
internal sealed class LowRankModule(ModuleName target, Tensor down, Tensor up, Tensor? mid, double scale)
    : LoraModule(target, down.dim() == 4 && (mid ?? down).shape[3] > 1 ? "LoCon" : "LoRA")
{
    /// <inheritdoc/>
    public override long? Rank { get; } = down.shape[0];

    /// <inheritdoc/>
    public override double Scale => scale;

    /// <inheritdoc/>
    public override bool IsThin => true;

    /// <inheritdoc/>
    public override long Bytes { get; } = new[] { down, up, mid }.Sum(factor => factor is null ? 0 : factor.NumberOfElements * factor.ElementSize);

    /// <inheritdoc/>
    public override Tensor WeightDifference(Tensor weight, int? dynamicRank = null)
    {
        using var scope = NewDisposeScope();
        var factors = Factors(dynamicRank)!;
        return factors.Up.mm(factors.Down.flatten(start_dim: 1)).reshape(weight.shape).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override LowRankFactors Factors(int? dynamicRank = null)
    {
        using var scope = NewDisposeScope();
        var rank = Math.Min(dynamicRank ?? long.MaxValue, down.shape[0]);
        var (a, b) = (down.to(float32), up.to(float32).flatten(start_dim: 1));  // (r, in, …), (out, r)
        if (mid is not null)
        {
            // Σ_b mid[a, b, x, y] down[b, in]: the kernel moves into down
            var core = mid.to(float32);                                         // (r, r, k, k)
            var flat = a.flatten(start_dim: 1);                                 // (r, in)
            a = core.permute(0, 2, 3, 1).reshape(-1, flat.shape[0]).mm(flat)    // (r k k, in)
                .reshape(core.shape[0], core.shape[2], core.shape[3], -1).permute(0, 3, 1, 2);   // (r, in, k, k)
        }
        a = a.narrow(0, 0, rank).contiguous();
        b = b.narrow(1, 0, rank) * scale;
        return new(a.MoveToOuterDisposeScope(), b.MoveToOuterDisposeScope());
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        down.Dispose();
        up.Dispose();
        mid?.Dispose();
    }
}
