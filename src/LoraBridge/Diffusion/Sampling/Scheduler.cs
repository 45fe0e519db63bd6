namespace LoraBridge.Diffusion.Sampling;

/// <summary>A rule that places the noise levels of a sampling run, with the names it goes by.</summary>
public sealed record Scheduler
{
    /// <summary>The name in requests, e.g. <c>sgm_uniform</c>.</summary>
    public required string Name { get; init; }

    /// <summary>The name in menus and in a picture's generation text, e.g. <c>SGM Uniform</c>.</summary>
    public required string Label { get; init; }

    /// <summary>Older names.</summary>
    public IReadOnlyList<string> Aliases { get; init; } = [];

    /// <summary>The exponent used when the settings name none; -1 where the rule has no exponent.</summary>
    public double DefaultRho { get; init; } = -1;

    /// <summary>Whether the rule reads the model's own levels and not only their ends.</summary>
    public bool NeedsModel { get; init; }

    internal IEnumerable<string> NamesAndAliases => [Label, Name, .. Aliases];

    internal Func<SchedulerArguments, double[]> Function { get; init; } = SigmaSchedules.Uniform;

    /// <summary>Noise levels for a number of steps, falling, as float32 values; a final 0 except for KL Optimal.</summary>
    /// <param name="steps">At least 1.</param>
    /// <param name="schedule">The model's noise schedule.</param>
    /// <param name="options">Settings that move or bend the levels.</param>
    public double[] Sigmas(int steps, NoiseSchedule schedule, SchedulerOptions? options = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(steps);
        options ??= new();
        var arguments = new SchedulerArguments
        {
            Steps = steps,
            Schedule = schedule,
            SigmaMin = options.SigmaMin > 0 ? options.SigmaMin : schedule.SigmaMin,
            SigmaMax = options.SigmaMax > 0 ? options.SigmaMax : schedule.SigmaMax,
            Rho = options.Rho > 0 ? options.Rho : DefaultRho,
            BetaAlpha = options.BetaAlpha,
            BetaBeta = options.BetaBeta,
            IsSdxl = options.IsSdxl,
        };
        // every other implementation hands samplers float32 levels
        return [.. Function(arguments).Select(sigma => (double)(float)sigma)];
    }
}
