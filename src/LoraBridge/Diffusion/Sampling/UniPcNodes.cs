namespace LoraBridge.Diffusion.Sampling;

/// <summary>A point on UniPC's way.</summary>
/// <param name="Timestep">What the network is told, whole or fractional.</param>
/// <param name="Signal">The factor of the clean latents, sqrt(a).</param>
/// <param name="Spread">The factor of the noise, sqrt(1 - a); 0 at the end of a way to no noise at all.</param>
internal readonly record struct UniPcNode(double Timestep, double Signal, double Spread)
{
    /// <summary>Noise over signal.</summary>
    public double Sigma => Spread / Signal;

    /// <summary>Half the logarithm of the signal-to-noise ratio.</summary>
    public double Lambda => Math.Log(Signal / Spread);
}

/// <summary>Places UniPC's steps in the continuous time of a discrete schedule, where timestep n - 1 stands at n / length.</summary>
internal static class UniPcNodes
{
    /// <summary>One node more than there are steps, from noise to image.</summary>
    public static IReadOnlyList<UniPcNode> Place(NoiseSchedule schedule, IReadOnlyList<double> timesteps, SamplerOptions options)
    {
        if (options.UniPc.SkipType == UniPcSkipType.Given)
            return [.. timesteps.Reverse().Select(t => At(schedule, t)), new UniPcNode(0, 1, 0)];

        var last = 1.0 / schedule.Length;
        var first = options.StartsFromImage ? (timesteps[^1] + 1) / schedule.Length : 1;
        var times = options.UniPc.SkipType switch
        {
            UniPcSkipType.TimeUniform => SigmaSchedules.Linspace(first, last, timesteps.Count + 1),
            UniPcSkipType.TimeQuadratic => SigmaSchedules.Linspace(Math.Sqrt(first), Math.Sqrt(last), timesteps.Count + 1).Select(root => root * root),
            _ => SigmaSchedules.Linspace(Lambda(schedule, first), Lambda(schedule, last), timesteps.Count + 1).Select(lambda => TimeOf(schedule, lambda)),
        };
        return [.. times.Select(time => At(schedule, time * schedule.Length - 1))];
    }

    private static double Lambda(NoiseSchedule schedule, double time) => At(schedule, time * schedule.Length - 1).Lambda;

    // here log sqrt(a) is interpolated, unlike the sigma samplers' log sigma
    private static UniPcNode At(NoiseSchedule schedule, double timestep)
    {
        var low = Math.Clamp((int)Math.Floor(timestep), 0, Math.Max(0, schedule.Length - 2));
        var high = Math.Min(low + 1, schedule.Length - 1);
        var weight = Math.Clamp(timestep - low, 0, 1);
        var logAlpha = (1 - weight) * Math.Log(schedule.AlphasCumprod[low]) + weight * Math.Log(schedule.AlphasCumprod[high]);
        return new(timestep, Math.Exp(logAlpha / 2), Math.Sqrt(-Exponentials.Expm1(logAlpha)));
    }

    // the time whose interpolated log sqrt(a) gives that lambda
    private static double TimeOf(NoiseSchedule schedule, double lambda)
    {
        var logAlpha = -Math.Log(1 + Math.Exp(-2 * lambda));
        var alphas = schedule.AlphasCumprod;
        var high = 1;
        while (high < alphas.Length - 1 && Math.Log(alphas[high]) > logAlpha) high++;
        var (before, after) = (Math.Log(alphas[high - 1]), Math.Log(alphas[high]));
        return (high + (logAlpha - before) / (after - before)) / schedule.Length;
    }
}
