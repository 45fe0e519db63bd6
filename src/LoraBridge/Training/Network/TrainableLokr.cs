using LoraBridge.Lora.Algorithms;
using LoraBridge.Lora.Formats;
using static TorchSharp.torch;

namespace LoraBridge.Training.Network;

/// <summary>scale · W₁ ⊗ W₂ (LyCORIS' LoKr): the Kronecker product of a small matrix and a larger one, each whole or a low-rank product.</summary>
internal sealed class TrainableLokr : FormedModule
{
    private readonly TrainedTensor? _w1, _w1a, _w1b, _w2, _w2a, _w2b, _t2;

    public TrainableLokr(ModuleSetup setup) : base(setup)
    {
        var (plan, network) = (setup.Plan, setup.Network);
        long rank = plan.Rank;
        var kernel = plan.Kernel;
        var (o1, o2) = Split(plan.Shape[0], network.Factor);
        var (i1, i2) = Split(plan.Shape[1], network.Factor);

        if (network.DecomposeBoth && 2 * rank < Math.Max(o1, i1))
        {
            _w1a = Add(TensorKind.LokrW1A, stream => InitialValues.Kaiming(stream, [o1, rank], rank), new(1, IsZero: true));
            _w1b = Add(TensorKind.LokrW1B, stream => InitialValues.Kaiming(stream, [rank, i1], i1), new(0, IsZero: false));
        }
        else
        {
            _w1 = Add(TensorKind.LokrW1, stream => InitialValues.Kaiming(stream, [o1, i1], i1));
        }

        if (network.FullMatrix || 2 * rank >= Math.Max(o2, i2))
        {
            long[] whole = plan.Shape.Count == 4 ? [o2, i2, plan.Shape[2], plan.Shape[3]] : [o2, i2];
            _w2 = Add(TensorKind.LokrW2, _ => zeros(whole));
        }
        else if (network.Tucker && kernel > 1)
        {
            _t2 = Add(TensorKind.LokrT2, stream => InitialValues.Kaiming(stream, [rank, rank, plan.Shape[2], plan.Shape[3]], rank * kernel));
            _w2a = Add(TensorKind.LokrW2A, stream => InitialValues.Kaiming(stream, [rank, o2], o2), new(0, IsZero: false));
            _w2b = Add(TensorKind.LokrW2B, _ => zeros(rank, i2), new(0, IsZero: true));
        }
        else
        {
            _w2a = Add(TensorKind.LokrW2A, stream => InitialValues.Kaiming(stream, [o2, rank], rank), new(1, IsZero: false));
            _w2b = Add(TensorKind.LokrW2B, _ => zeros(rank, i2 * kernel), new(0, IsZero: true));
        }
        AddLengths();
    }

    /// <summary>Null where both are whole: alpha then means nothing, in every reader.</summary>
    public override long? Rank => _w1b is null && _w2b is null ? null : Plan.Rank;

    /// <inheritdoc/>
    public override IReadOnlyList<TrainedTensor> Factors => [.. new[] { _w1, _w1a, _w1b, _w2, _w2a, _w2b, _t2 }.OfType<TrainedTensor>()];

    /// <summary>Splits a side in two factors, the smaller first: by the given one if it divides, else as evenly as may be with the smaller not above it.</summary>
    /// <param name="side">The side.</param>
    /// <param name="factor">The factor wanted; -1 for any.</param>
    public static (long Small, long Large) Split(long side, long factor)
    {
        if (factor > 0 && side % factor == 0) return (Math.Min(factor, side / factor), Math.Max(factor, side / factor));
        var small = 1L;
        for (var divisor = 2L; divisor * divisor <= side && (factor < 0 || divisor <= factor); divisor++)
            if (side % divisor == 0)
                small = divisor;
        return (small, side / small);
    }

    /// <inheritdoc/>
    public override Tensor Difference()
    {
        using var scope = NewDisposeScope();
        var first = _w1?.As(float32) ?? _w1a!.As(float32).mm(_w1b!.As(float32));         // (o1, i1)
        var second = _t2 is not null
            ? TuckerCore.Expand(_t2.As(float32), _w2a!.As(float32), _w2b!.As(float32)).flatten(start_dim: 2)
            : (_w2?.As(float32).flatten(start_dim: 1) ?? _w2a!.As(float32).mm(_w2b!.As(float32)));
        second = second.reshape(second.shape[0], -1, Plan.Kernel);                       // (o2, i2, k²)
        var product = first.reshape(first.shape[0], 1, first.shape[1], 1, 1) * second.unsqueeze(1).unsqueeze(0);   // (o1, o2, i1, i2, k²)
        return (product * Scale).reshape(Layer.WeightShape).MoveToOuterDisposeScope();
    }
}
