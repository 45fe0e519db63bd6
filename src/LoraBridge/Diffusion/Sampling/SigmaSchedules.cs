namespace LoraBridge.Diffusion.Sampling;

/// <summary>Where sampling steps stand: noise levels falling from the schedule's top, with a final 0 unless said otherwise.</summary>
internal static class SigmaSchedules
{
    /// <summary>Timesteps equally spaced from the last to the first, both included.</summary>
    public static double[] Uniform(SchedulerArguments arguments)
    {
        var noise = arguments.Schedule;
        return [.. Linspace(noise.Length - 1, 0, arguments.Steps).Select(noise.TimestepToSigma), 0];
    }

    /// <summary>The rho-th roots of sigma equally spaced (Karras et al. 2022, equation 5).</summary>
    public static double[] Karras(SchedulerArguments arguments) => Karras(arguments.Steps, arguments.SigmaMin, arguments.SigmaMax, arguments.Rho);

    /// <summary>The rho-th roots of sigma equally spaced from the greatest to the least, both included.</summary>
    public static double[] Karras(int steps, double sigmaMin, double sigmaMax, double rho = 7)
    {
        var (top, bottom) = (Math.Pow(sigmaMax, 1 / rho), Math.Pow(sigmaMin, 1 / rho));
        return [.. Linspace(top, bottom, steps).Select(root => Math.Pow(root, rho)), 0];
    }

    /// <summary>Logarithms of sigma equally spaced.</summary>
    public static double[] Exponential(SchedulerArguments arguments) =>
        [.. Linspace(Math.Log(arguments.SigmaMax), Math.Log(arguments.SigmaMin), arguments.Steps).Select(Math.Exp), 0];

    /// <summary>Logarithms of sigma along a ramp raised to rho.</summary>
    public static double[] Polyexponential(SchedulerArguments arguments)
    {
        var (top, bottom) = (Math.Log(arguments.SigmaMax), Math.Log(arguments.SigmaMin));
        return [.. Linspace(1, 0, arguments.Steps).Select(ramp => Math.Exp(bottom + Math.Pow(ramp, arguments.Rho) * (top - bottom))), 0];
    }

    /// <summary>One more timestep than steps, equally spaced, the last dropped.</summary>
    public static double[] SgmUniform(SchedulerArguments arguments) =>
        [.. Timesteps(arguments, arguments.Steps + 1).SkipLast(1).Select(arguments.Schedule.TimestepToSigma), 0];

    /// <summary>Timesteps equally spaced between those of the greatest and the least sigma.</summary>
    public static double[] Normal(SchedulerArguments arguments) =>
        [.. Timesteps(arguments, arguments.Steps).Select(arguments.Schedule.TimestepToSigma), 0];

    /// <summary>Tangents of equally spaced angles; it ends at the least sigma, without a 0 (Sabour et al. 2024, the KL-optimal solution).</summary>
    public static double[] KlOptimal(SchedulerArguments arguments) =>
        [.. Linspace(Math.Atan(arguments.SigmaMax), Math.Atan(arguments.SigmaMin), arguments.Steps + 1).Select(Math.Tan)];

    /// <summary>Every (length / steps)-th of the model's sigmas, counted from the noisy end.</summary>
    public static double[] Simple(SchedulerArguments arguments)
    {
        var sigmas = arguments.Schedule.Sigmas;
        var stride = (double)sigmas.Length / arguments.Steps;
        var levels = new double[arguments.Steps + 1];
        for (var i = 0; i < arguments.Steps; i++) levels[i] = sigmas[^(1 + (int)(i * stride))];
        return levels;
    }

    /// <summary>The model's sigmas 1, 1 + s, 1 + 2s … with s = length div steps, reversed; often more levels than steps.</summary>
    public static double[] Ddim(SchedulerArguments arguments)
    {
        var sigmas = arguments.Schedule.Sigmas;
        var stride = Math.Max(1, sigmas.Length / arguments.Steps);
        var levels = new List<double> { 0 };
        for (var t = 1; t < sigmas.Length; t += stride) levels.Add(sigmas[t]);
        levels.Reverse();
        return [.. levels];
    }

    /// <summary>Quantiles of a beta distribution, which crowds steps at both ends (Lee et al. 2024, arXiv:2407.12173).</summary>
    public static double[] Beta(SchedulerArguments arguments)
    {
        var distribution = new BetaDistribution(arguments.BetaAlpha, arguments.BetaBeta);
        return [.. Linspace(0, 1, arguments.Steps).Select(p => arguments.SigmaMin + distribution.Quantile(1 - p) * (arguments.SigmaMax - arguments.SigmaMin)), 0];
    }

    /// <summary>Equally spaced numbers, both ends included; one number is the start.</summary>
    public static IEnumerable<double> Linspace(double start, double end, int count) =>
        Enumerable.Range(0, count).Select(i => i == 0 ? start : i == count - 1 ? end : start + (end - start) * i / (count - 1));

    private static IEnumerable<double> Timesteps(SchedulerArguments arguments, int count) =>
        Linspace(arguments.Schedule.SigmaToTimestep(arguments.SigmaMax), arguments.Schedule.SigmaToTimestep(arguments.SigmaMin), count);
}
