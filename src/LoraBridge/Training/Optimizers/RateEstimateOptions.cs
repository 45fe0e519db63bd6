namespace LoraBridge.Training.Optimizers;

/// <summary>How <see cref="Prodigy"/> and <see cref="DAdaptAdamW"/> estimate the learning rate.</summary>
public sealed record RateEstimateOptions
{
    /// <summary>How much of the mean gradient stays.</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>How much of the mean square stays.</summary>
    public double Beta2 { get; init; } = 0.999;

    /// <summary>How much of Prodigy's estimate stays; none is the root of beta2.</summary>
    public double? Beta3 { get; init; }

    /// <summary>Added to the root of the square.</summary>
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>Where the estimate begins.</summary>
    public double InitialD { get; init; } = 1e-6;

    /// <summary>A factor on Prodigy's estimate.</summary>
    public double DCoefficient { get; init; } = 1;

    /// <summary>How many times larger the estimate may become in a step.</summary>
    public double GrowthRate { get; init; } = double.PositiveInfinity;

    /// <summary>Correct the first steps' means.</summary>
    public bool UseBiasCorrection { get; init; }

    /// <summary>Keep Prodigy's estimate from running off while the learning rate warms up.</summary>
    public bool SafeguardWarmup { get; init; }

    /// <summary>Shrink weights apart from the gradient, as AdamW does.</summary>
    public bool Decouple { get; init; } = true;

    // The factor that makes up for means that begin at 0.
    internal double Correction(long step) =>
        UseBiasCorrection ? Math.Sqrt(1 - Math.Pow(Beta2, step)) / (1 - Math.Pow(Beta1, step)) : 1;
}
