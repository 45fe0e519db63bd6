using LoraBridge.Training.Settings;

namespace LoraBridge.Training.Schedules;

/// <summary>The learning rate's factor at every optimizer step: a pure function, so there is no state to save.</summary>
/// <remarks>Steps count optimizer steps, not batches: step k is the factor of the (k + 1)-th step. After the last step the curve stays at its end.</remarks>
public sealed class LearningRateSchedule
{
    private readonly Func<int, double> _curve;
    private readonly ScheduleOptions _options;

    /// <summary>The schedule of a run.</summary>
    /// <param name="options">The curve and its numbers.</param>
    /// <param name="totalSteps">The run's optimizer steps.</param>
    /// <param name="learningRate">The rate that a factor of 1 stands for; the polynomial ends at 1e-7 of it in absolute terms.</param>
    /// <exception cref="ArgumentException">The levels of a piecewise constant curve cannot be read.</exception>
    public LearningRateSchedule(ScheduleOptions options, int totalSteps, double learningRate)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(totalSteps);
        (_options, TotalSteps) = (options, totalSteps);
        var warnings = new List<string>();
        WarmupSteps = HasWarmup(options.Scheduler) ? Warmup(options, totalSteps, warnings) : 0;
        DecaySteps = options.Scheduler == SchedulerKind.WarmupStableDecay ? Decay(options, totalSteps - WarmupSteps, warnings) : 0;
        Warnings = warnings;
        _curve = Curve(options, learningRate);
    }

    /// <summary>The run's optimizer steps.</summary>
    public int TotalSteps { get; }

    /// <summary>Steps over which the rate rises along a line from 0, clamped to the run.</summary>
    public int WarmupSteps { get; }

    /// <summary>Steps of the fall at the end of a warm-up, level and decay.</summary>
    public int DecaySteps { get; }

    /// <summary>What was clamped, in words for the user.</summary>
    public IReadOnlyList<string> Warnings { get; }

    /// <summary>The factor on the learning rate after so many steps are done.</summary>
    public double Factor(int step)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        if (step < WarmupSteps) return (double)step / WarmupSteps;
        return _options.MinimumFactor + (1 - _options.MinimumFactor) * _curve(step);
    }

    private Func<int, double> Curve(ScheduleOptions options, double learningRate) => options.Scheduler switch
    {
        SchedulerKind.Constant or SchedulerKind.ConstantWithWarmup or SchedulerKind.Adafactor => _ => 1,
        SchedulerKind.Linear => step => 1 - Progress(step),
        SchedulerKind.Cosine or SchedulerKind.CosineWithMinLr => step => LearningRateCurves.Cosine(Progress(step)),
        SchedulerKind.CosineWithRestarts => step => LearningRateCurves.CosineWithRestarts(Progress(step), options.Cycles),
        SchedulerKind.CosineWave => step => LearningRateCurves.CosineWave(Progress(step), options.Cycles),
        SchedulerKind.Polynomial => step => LearningRateCurves.Polynomial(Progress(step), options.Power, learningRate),
        SchedulerKind.InverseSqrt => step => LearningRateCurves.InverseSqrt(step, WarmupSteps, options.Timescale),
        SchedulerKind.WarmupStableDecay => step => LearningRateCurves.StableDecay(step, TotalSteps - DecaySteps, DecaySteps),
        SchedulerKind.PiecewiseConstant => new PiecewiseLevels(options.Levels ?? "").At,
        SchedulerKind.Rex => step => LearningRateCurves.Rex(Progress(step), options.RexD),
        SchedulerKind.OneCycle => step => LearningRateCurves.OneCycle(step, TotalSteps),
        _ => throw new ArgumentException($"The schedule {options.Scheduler} is unknown.", nameof(options)),
    };

    // 0 at the end of the warm-up, 1 at the end of the run
    private double Progress(int step) => Math.Min(1, (double)(step - WarmupSteps) / Math.Max(1, TotalSteps - WarmupSteps));

    private static bool HasWarmup(SchedulerKind kind) => kind is not (SchedulerKind.Constant or SchedulerKind.OneCycle or SchedulerKind.PiecewiseConstant or SchedulerKind.Adafactor);

    private static int Warmup(ScheduleOptions options, int totalSteps, List<string> warnings)
    {
        var steps = options.Warmup.Of(totalSteps);
        if (steps > totalSteps)
        {
            warnings.Add($"The warm-up of {steps} steps is longer than the run of {totalSteps}: it is clamped to {totalSteps}, and the full learning rate is never reached. Give a shorter warm-up, such as 10 %.");
            return totalSteps;
        }
        if (2 * steps > totalSteps) warnings.Add($"The warm-up takes {steps} of {totalSteps} steps; 10 % is usual.");
        return steps;
    }

    private static int Decay(ScheduleOptions options, int steps, List<string> warnings)
    {
        var decay = options.Decay.Of(steps);
        if (decay <= steps) return decay;
        warnings.Add($"The decay of {decay} steps is longer than the {steps} steps after the warm-up: it is clamped to them.");
        return steps;
    }
}
