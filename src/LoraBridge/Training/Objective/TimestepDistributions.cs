using LoraBridge.Training.Settings;

namespace LoraBridge.Training.Objective;

/// <summary>Continuous distributions of the timestep as a fraction of its range, 0 the least noise.</summary>
internal static class TimestepDistributions
{
    /// <summary>One draw in [0, 1].</summary>
    public static double Fraction(TimestepOptions options, RandomStream stream) => options.Sampling switch
    {
        TimestepSampling.Uniform => stream.NextUniform(),
        TimestepSampling.LogitNormal => 1 / (1 + Math.Exp(-(options.Bias + (1 + options.Weight) * stream.NextNormal()))),
        TimestepSampling.HeavyTail => HeavyTail(stream.NextUniform(), options.Weight),
        TimestepSampling.Beta => Beta(options.Weight, options.Bias, stream),
        TimestepSampling.Content => 1 - Math.Pow(stream.NextUniform(), 3),
        TimestepSampling.Style => Math.Pow(stream.NextUniform(), 3),
        _ => throw new ArgumentException($"The timestep sampling {options.Sampling} is not continuous.", nameof(options)),
    };

    // 1 - u - w (cos²(πu/2) - 1 + u)
    private static double HeavyTail(double u, double weight)
    {
        var cosine = Math.Cos(Math.PI / 2 * u);
        return Math.Clamp(1 - u - weight * (cosine * cosine - 1 + u), 0, 1);
    }

    private static double Beta(double a, double b, RandomStream stream)
    {
        var (x, y) = (Gamma(a, stream), Gamma(b, stream));
        return x + y == 0 ? 0.5 : x / (x + y);
    }

    // Marsaglia and Tsang 2000; a shape below 1 is raised by one and scaled back
    private static double Gamma(double shape, RandomStream stream)
    {
        if (shape < 1) return Gamma(shape + 1, stream) * Math.Pow(1 - stream.NextUniform(), 1 / shape);
        var d = shape - 1.0 / 3;
        while (true)
        {
            var normal = stream.NextNormal();
            var root = 1 + normal / Math.Sqrt(9 * d);
            var volume = root * root * root;
            if (volume > 0 && Math.Log(1 - stream.NextUniform()) < 0.5 * normal * normal + d - d * volume + d * Math.Log(volume)) return d * volume;
        }
    }
}
