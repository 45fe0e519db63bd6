using System.ComponentModel.DataAnnotations;

namespace LoraBridge.Training.Settings;

/// <summary>How timesteps are drawn.</summary>
public enum TimestepSampling
{
    /// <summary>All alike.</summary>
    [AlsoNamed("balanced", "linear")]
    Uniform,

    /// <summary>All alike, a batch's spread over the range.</summary>
    [AlsoNamed("antithetic")]
    Stratified,

    /// <summary>The sigmoid of a normal number.</summary>
    [AlsoNamed("lognormal")]
    LogitNormal,

    /// <summary>More at both ends.</summary>
    HeavyTail,

    /// <summary>By the beta distribution.</summary>
    Beta,

    /// <summary>By weights along a sigmoid.</summary>
    Sigmoid,

    /// <summary>By the cosine map's weights.</summary>
    CosMap,

    /// <summary>More in the middle.</summary>
    InvertedParabola,

    /// <summary>Mostly much noise, where structure is made.</summary>
    Content,

    /// <summary>Mostly little noise, where texture is made.</summary>
    Style,
}

/// <summary>Which timesteps are trained, and how often.</summary>
public sealed record TimestepOptions
{
    /// <summary>How timesteps are drawn.</summary>
    public TimestepSampling Sampling { get; init; }

    /// <summary>The least timestep trained (little noise).</summary>
    [Range(0, 999)]
    public int Minimum { get; init; }

    /// <summary>The timestep to stop before (much noise).</summary>
    [Range(1, 1000)]
    public int Maximum { get; init; } = 1000;

    /// <summary>The distribution's weight, where it has one.</summary>
    [Range(-10.0, 10.0)]
    public double Weight { get; init; }

    /// <summary>The distribution's bias, where it has one.</summary>
    [Range(-10.0, 10.0)]
    public double Bias { get; init; }

    /// <summary>Shift towards much noise above 1.</summary>
    [Range(0.0, 100.0, MinimumIsExclusive = true)]
    public double Shift { get; init; } = 1;
}
