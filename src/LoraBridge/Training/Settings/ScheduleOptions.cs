using System.ComponentModel.DataAnnotations;

namespace LoraBridge.Training.Settings;

/// <summary>Curves of the learning rate.</summary>
public enum SchedulerKind
{
    /// <summary>Down along half a cosine.</summary>
    [AlsoNamed("cosine_annealing")]
    Cosine,

    /// <summary>Always the same, without warm-up.</summary>
    Constant,

    /// <summary>The same after the warm-up.</summary>
    ConstantWithWarmup,

    /// <summary>Down along a line.</summary>
    Linear,

    /// <summary>Down along half a cosine, several times over.</summary>
    [AlsoNamed("cosine_with_hard_restarts")]
    CosineWithRestarts,

    /// <summary>Down along a power.</summary>
    Polynomial,

    /// <summary>By one over the root of the step.</summary>
    InverseSqrt,

    /// <summary>Half a cosine down to a share of the rate.</summary>
    CosineWithMinLr,

    /// <summary>Up, level, and down in the last steps.</summary>
    WarmupStableDecay,

    /// <summary>Levels given by rules.</summary>
    PiecewiseConstant,

    /// <summary>What Adafactor finds.</summary>
    Adafactor,

    /// <summary>Slowly, then fast down (REX).</summary>
    Rex,

    /// <summary>Up over the first third and down to nearly nothing.</summary>
    [AlsoNamed("OneCycleLR")]
    OneCycle,

    /// <summary>A whole cosine wave, which also rises.</summary>
    CosineWave,
}

/// <summary>How the learning rate changes over the run.</summary>
public sealed record ScheduleOptions
{
    /// <summary>The curve of the learning rate after the warm-up.</summary>
    public SchedulerKind Scheduler { get; init; }

    /// <summary>Optimizer steps over which the rate rises from 0; a fraction below 1 or "10 %" is a share of the run.</summary>
    public StepAmount Warmup { get; init; } = StepAmount.Steps(100);

    /// <summary>Optimizer steps of the fall at the end of warmup_stable_decay, or a share of the run.</summary>
    public StepAmount Decay { get; init; }

    /// <summary>How often the cosine curves begin anew.</summary>
    [Range(0.0, 1000.0, MinimumIsExclusive = true)]
    public double Cycles { get; init; } = 1;

    /// <summary>The polynomial's power.</summary>
    [Range(0.0, 100.0, MinimumIsExclusive = true)]
    public double Power { get; init; } = 1;

    /// <summary>The share of the rate that every curve ends at.</summary>
    [Range(0.0, 1.0)]
    public double MinimumFactor { get; init; }

    /// <summary>The time scale of inverse_sqrt in steps; none is the warm-up.</summary>
    [Range(1, 10_000_000)]
    public int? Timescale { get; init; }

    /// <summary>The levels of piecewise_constant: <c>1:100,0.1:200,0.01</c> is 1 before step 100, 0.1 before 200, then 0.01.</summary>
    public string? Levels { get; init; }

    /// <summary>How late REX falls.</summary>
    [Range(0.0, 1.0, MaximumIsExclusive = true)]
    public double RexD { get; init; } = 0.9;
}

/// <summary>The running mean of the adapter's weights.</summary>
public sealed record EmaOptions
{
    /// <summary>Keep a running mean of the weights and save that.</summary>
    public bool Enabled { get; init; }

    /// <summary>The mean's memory; it begins shorter and reaches this.</summary>
    [Range(0.0, 1.0, MaximumIsExclusive = true)]
    public double Decay { get; init; } = 0.999;

    /// <summary>Optimizer steps between two updates of the mean.</summary>
    [Range(1, 100_000)]
    public int UpdateEvery { get; init; } = 1;
}
