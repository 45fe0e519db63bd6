using LoraBridge.Training.Settings;

namespace LoraBridge.Training.Optimizers;

/// <summary>Makes the optimizer that the settings name, with its own defaults where they say nothing.</summary>
public static class OptimizerFactory
{
    /// <summary>The weight decay of a group where the settings give none: AdamW's 0.01, none for the others.</summary>
    public static double WeightDecay(OptimizerOptions options) =>
        options.WeightDecay ?? (options.Kind is OptimizerKind.AdamW or OptimizerKind.PagedAdamW or OptimizerKind.AdamW8bit or OptimizerKind.PagedAdamW8bit ? 0.01 : 0);

    /// <summary>The optimizer of the groups.</summary>
    /// <exception cref="NotSupportedException">The rule is not built in; the message names the nearest that is.</exception>
    public static Optimizer Create(OptimizerOptions options, IEnumerable<ParameterGroup> groups)
    {
        var (beta1, beta2, epsilon) = (options.Beta1 ?? 0.9, options.Beta2 ?? 0.999, options.Epsilon ?? 1e-8);
        return options.Kind switch
        {
            // a paged state is one that may leave the card: an adapter's is too small to need it
            OptimizerKind.AdamW or OptimizerKind.PagedAdamW => new AdamW(groups, beta1, beta2, epsilon),
            OptimizerKind.AdamW8bit or OptimizerKind.PagedAdamW8bit => new AdamW(groups, beta1, beta2, epsilon, eightBit: true),
            OptimizerKind.Lion => new Lion(groups, beta1, options.Beta2 ?? 0.99),
            OptimizerKind.Lion8bit => new Lion(groups, beta1, options.Beta2 ?? 0.99, eightBit: true),
            OptimizerKind.SgdNesterov => new SgdNesterov(groups, options.Momentum),
            OptimizerKind.SgdNesterov8bit => new SgdNesterov(groups, options.Momentum, eightBit: true),
            OptimizerKind.Adafactor => new Adafactor(groups, new()
            {
                RelativeStep = options.RelativeStep,
                ScaleParameter = options.ScaleParameter,
                WarmupInit = options.WarmupInit,
                ClipThreshold = options.ClipThreshold,
                DecayRate = options.DecayRate,
                SquareEpsilon = options.Epsilon ?? 1e-30,
            }),
            OptimizerKind.Prodigy => new Prodigy(groups, Estimate(options)),
            OptimizerKind.DAdaptAdam => new DAdaptAdamW(groups, Estimate(options)),
            OptimizerKind.AdamWScheduleFree => new ScheduleFreeAdamW(groups, beta1, beta2, epsilon),
            _ => throw new NotSupportedException($"The optimizer {options.Kind} is not built in; take {Nearest(options.Kind)}."),
        };
    }

    private static RateEstimateOptions Estimate(OptimizerOptions options) => new()
    {
        Beta1 = options.Beta1 ?? 0.9,
        Beta2 = options.Beta2 ?? 0.999,
        Beta3 = options.Beta3,
        Epsilon = options.Epsilon ?? 1e-8,
        InitialD = options.InitialD,
        DCoefficient = options.DCoefficient,
        GrowthRate = options.GrowthRate ?? double.PositiveInfinity,
        UseBiasCorrection = options.UseBiasCorrection,
        SafeguardWarmup = options.SafeguardWarmup,
        Decouple = options.Decouple,
    };

    private static OptimizerKind Nearest(OptimizerKind kind) =>
        kind.IsDAdaptation() ? OptimizerKind.DAdaptAdam : kind.IsScheduleFree() ? OptimizerKind.AdamWScheduleFree : OptimizerKind.AdamW;
}
