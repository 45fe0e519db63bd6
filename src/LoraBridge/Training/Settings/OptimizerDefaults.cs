namespace LoraBridge.Training.Settings;

/// <summary>An optimizer's numbers as they are used: those given, else its own.</summary>
/// <param name="Beta1">How long gradients are remembered.</param>
/// <param name="Beta2">How long squares (Lion: gradients) are remembered.</param>
/// <param name="Epsilon">What keeps from dividing by 0.</param>
/// <param name="WeightDecay">How fast weights shrink by themselves.</param>
public sealed record OptimizerDefaults(double Beta1, double Beta2, double Epsilon, double WeightDecay)
{
    /// <summary>The numbers of an optimizer with nothing given.</summary>
    public static OptimizerDefaults Of(OptimizerKind kind) => kind switch
    {
        OptimizerKind.AdamW or OptimizerKind.AdamW8bit or OptimizerKind.PagedAdamW8bit or OptimizerKind.PagedAdamW => new(0.9, 0.999, 1e-8, 0.01),
        OptimizerKind.Lion or OptimizerKind.Lion8bit => new(0.9, 0.99, 1e-8, 0),
        OptimizerKind.DAdaptLion => new(0.9, 0.99, 1e-8, 0),
        OptimizerKind.DAdaptAdan or OptimizerKind.DAdaptAdanIp => new(0.98, 0.92, 1e-8, 0),
        OptimizerKind.DAdaptAdaGrad => new(0, 0, 1e-6, 0),
        OptimizerKind.Adafactor => new(0, 0.999, 1e-30, 0),
        _ => new(0.9, 0.999, 1e-8, 0),
    };

    /// <summary>The numbers of a run's optimizer.</summary>
    public static OptimizerDefaults Of(OptimizerOptions options)
    {
        var own = Of(options.Kind);
        return new(options.Beta1 ?? own.Beta1, options.Beta2 ?? own.Beta2, options.Epsilon ?? own.Epsilon, options.WeightDecay ?? own.WeightDecay);
    }
}
