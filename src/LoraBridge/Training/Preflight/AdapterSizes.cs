using LoraBridge.Checkpoints.Naming;
using LoraBridge.Training.Network;
using LoraBridge.Training.Settings;

namespace LoraBridge.Training.Preflight;

/// <summary>How many numbers an adapter has, by the formulas of its modules.</summary>
/// <param name="Held">All of them.</param>
/// <param name="Trained">Those that have gradients and a place in the optimizer.</param>
internal sealed record AdapterSizes(long Held, long Trained)
{
    /// <summary>Counts over layers.</summary>
    public static AdapterSizes Of(IEnumerable<LayerPlan> plans, NetworkOptions network)
    {
        var (held, trained) = (0L, 0L);
        foreach (var plan in plans)
        {
            var (own, frozen) = Module(plan, network);
            held += own + frozen;
            trained += own;
        }
        return new(held, trained);
    }

    /// <summary>Bytes of an optimizer's state for each trained number.</summary>
    public static double StateBytes(OptimizerKind kind) => kind switch
    {
        // a code, and a scale for each 256 of them
        OptimizerKind.AdamW8bit or OptimizerKind.PagedAdamW8bit => 2 * (1 + 4 / 256.0),
        OptimizerKind.Lion8bit or OptimizerKind.SgdNesterov8bit => 1 + 4 / 256.0,
        OptimizerKind.Lion or OptimizerKind.SgdNesterov => 4,
        OptimizerKind.Prodigy => 16,
        OptimizerKind.DAdaptAdam or OptimizerKind.AdamWScheduleFree => 12,
        // rows and columns alone: a thin factor has nearly as many of them as numbers at rank 1, and few at any other
        OptimizerKind.Adafactor => 1,
        _ => 8,
    };

    private static (long Trained, long Frozen) Module(LayerPlan plan, NetworkOptions network)
    {
        var shape = plan.Shape;
        if (plan.IsNorm) return (2 * shape[0], 0);                              // weight and bias
        long rank = plan.Rank, outputs = shape[0], inputs = shape[1], kernel = plan.Kernel;
        var hasCore = network.Tucker && kernel > 1;
        var core = hasCore ? rank * rank * kernel : 0;
        var down = rank * inputs * (hasCore ? 1 : kernel);
        var (trained, frozen) = network.Algorithm switch
        {
            NetworkAlgorithm.LoRAFa => (rank * outputs + core, down),
            NetworkAlgorithm.LoHa => (2 * (rank * outputs + down + core), 0L),
            NetworkAlgorithm.LoKr => (Kronecker(plan, network), 0L),
            NetworkAlgorithm.IA3 => (outputs, 0L),
            // with a bias, which all layers but attention's first three have
            NetworkAlgorithm.Full => (outputs * inputs * kernel + (plan.Role is LayerRole.Query or LayerRole.Key or LayerRole.Value && plan.Layer.Component == ModelComponent.UNet ? 0 : outputs), 0L),
            _ => (rank * outputs + down + core, 0L),
        };
        if (network.WeightDecompose) trained += network.DecomposeOnOutput ? outputs : inputs;
        return (trained, frozen);
    }

    private static long Kronecker(LayerPlan plan, NetworkOptions network)
    {
        long rank = plan.Rank, kernel = plan.Kernel;
        var (o1, o2) = TrainableLokr.Split(plan.Shape[0], network.Factor);
        var (i1, i2) = TrainableLokr.Split(plan.Shape[1], network.Factor);
        var first = network.DecomposeBoth && 2 * rank < Math.Max(o1, i1) ? rank * (o1 + i1) : o1 * i1;
        var second = network.FullMatrix || 2 * rank >= Math.Max(o2, i2) ? o2 * i2 * kernel
            : network.Tucker && kernel > 1 ? rank * (rank * kernel + o2 + i2)
            : rank * (o2 + i2 * kernel);
        return first + second;
    }
}
