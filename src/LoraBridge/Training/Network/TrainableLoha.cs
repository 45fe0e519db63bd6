using LoraBridge.Lora.Algorithms;
using LoraBridge.Lora.Formats;
using static TorchSharp.torch;

namespace LoraBridge.Training.Network;

/// <summary>scale · (A₁ B₁) ⊙ (A₂ B₂) (Hyeon-Woo et al. 2022, arXiv:2108.06098), where wanted with a kernel within each of the two.</summary>
internal sealed class TrainableLoha : FormedModule
{
    private readonly TrainedTensor _a1, _b1, _a2, _b2;
    private readonly TrainedTensor? _t1, _t2;

    public TrainableLoha(ModuleSetup setup) : base(setup)
    {
        var plan = setup.Plan;
        long rank = plan.Rank;
        var (outputs, inputs) = (plan.Shape[0], plan.Shape[1]);
        var hasCore = setup.Network.Tucker && plan.Kernel > 1;
        long[] a = hasCore ? [rank, outputs] : [outputs, rank], b = [rank, hasCore ? inputs : inputs * plan.Kernel];
        long[] core = hasCore ? [rank, rank, plan.Shape[2], plan.Shape[3]] : [];
        var aRanks = new RankAxis(hasCore ? 0 : 1, IsZero: true);
        var bRanks = new RankAxis(0, IsZero: false);

        _b1 = Add(TensorKind.HadaW1B, stream => InitialValues.Normal(stream, b, 1), bRanks);
        _a1 = Add(TensorKind.HadaW1A, stream => InitialValues.Normal(stream, a, 0.1), aRanks);
        _b2 = Add(TensorKind.HadaW2B, stream => InitialValues.Normal(stream, b, 1), bRanks);
        _a2 = Add(TensorKind.HadaW2A, _ => zeros(a), aRanks);
        if (hasCore)
        {
            _t1 = Add(TensorKind.HadaT1, stream => InitialValues.Normal(stream, core, 0.1));
            _t2 = Add(TensorKind.HadaT2, stream => InitialValues.Normal(stream, core, 0.1));
        }
        AddLengths();
    }

    /// <inheritdoc/>
    public override IReadOnlyList<TrainedTensor> Factors => _t1 is null ? [_a1, _b1, _a2, _b2] : [_a1, _b1, _t1, _a2, _b2, _t2!];

    /// <inheritdoc/>
    public override Tensor Difference()
    {
        using var scope = NewDisposeScope();
        return (Half(_a1, _b1, _t1) * Half(_a2, _b2, _t2) * Scale).reshape(Layer.WeightShape).MoveToOuterDisposeScope();
    }

    private static Tensor Half(TrainedTensor a, TrainedTensor b, TrainedTensor? core) => core is null
        ? a.As(float32).mm(b.As(float32))
        : TuckerCore.Expand(core.As(float32), a.As(float32), b.As(float32));
}
