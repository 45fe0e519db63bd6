namespace LoraBridge.Training.Schedules;

/// <summary>Curves of the learning rate as factors; progress runs from 0 at the end of the warm-up to 1 at the end of the run.</summary>
internal static class LearningRateCurves
{
    // The absolute rate at which the polynomial ends.
    private const double PolynomialEnd = 1e-7;

    /// <summary>Down along half a cosine.</summary>
    public static double Cosine(double progress) => Math.Max(0, 0.5 * (1 + Math.Cos(Math.PI * progress)));

    /// <summary>Down along half a cosine, so many times; 0 at the end.</summary>
    public static double CosineWithRestarts(double progress, double cycles) => progress >= 1 ? 0 : Cosine(cycles * progress % 1);

    /// <summary>Whole waves, which also rise.</summary>
    public static double CosineWave(double progress, double cycles) => Math.Max(0, 0.5 * (1 + Math.Cos(2 * Math.PI * cycles * progress)));

    /// <summary>Down to an absolute rate of 1e-7 along a power.</summary>
    public static double Polynomial(double progress, double power, double learningRate) =>
        learningRate <= PolynomialEnd ? 1 : ((learningRate - PolynomialEnd) * Math.Pow(1 - progress, power) + PolynomialEnd) / learningRate;

    /// <summary>By one over the root of the step, 1 at the end of the warm-up; the time scale is the warm-up, or 10,000 steps where there is none.</summary>
    public static double InverseSqrt(int step, int warmup, int? timescale)
    {
        double scale = timescale ?? (warmup > 0 ? warmup : 10_000);
        return 1 / Math.Sqrt((step - warmup + scale) / scale);
    }

    /// <summary>Level, then down along half a cosine from a step on.</summary>
    public static double StableDecay(int step, int decayStart, int decaySteps) =>
        step < decayStart ? 1 : decaySteps == 0 ? 1 : Cosine(Math.Min(1, (double)(step - decayStart) / decaySteps));

    /// <summary>Slowly, then fast down (Chen et al. 2021, arXiv:2107.04197).</summary>
    public static double Rex(double progress, double d) => (1 - progress) / (1 - d + d * (1 - progress));

    /// <summary>Up by a cosine from 1/25 over 30 % of the run, then down by one to 1/250,000 (Smith and Topin 2017, arXiv:1708.07120).</summary>
    public static double OneCycle(int step, int totalSteps)
    {
        const double First = 1.0 / 25, Last = First / 1e4;
        var (peak, end) = (0.3 * totalSteps - 1, totalSteps - 1.0);
        if (step <= peak) return Anneal(First, 1, step / peak);
        return Anneal(1, Last, end <= peak ? 1 : Math.Min(1, (step - peak) / (end - peak)));
    }

    private static double Anneal(double from, double to, double share) => to + (from - to) / 2 * (1 + Math.Cos(Math.PI * share));
}
