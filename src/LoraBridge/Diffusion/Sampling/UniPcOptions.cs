namespace LoraBridge.Diffusion.Sampling;

/// <summary>The choices UniPC leaves open; the defaults are the web UI's.</summary>
public sealed record UniPcOptions
{
    /// <summary>The function B(h) that the update divides by.</summary>
    public UniPcVariant Variant { get; init; } = UniPcVariant.Bh1;

    /// <summary>Where the steps stand between the first and the last timestep.</summary>
    public UniPcSkipType SkipType { get; init; } = UniPcSkipType.TimeUniform;

    /// <summary>The order of the method, 1 to 3 (more is allowed and unstable).</summary>
    public int Order { get; init; } = 3;

    /// <summary>Whether the last steps lower the order, which steadies runs of few steps.</summary>
    public bool LowerOrderFinal { get; init; } = true;
}

/// <summary>The function B(h) in UniPC's update.</summary>
public enum UniPcVariant
{
    /// <summary>B(h) = h.</summary>
    Bh1,

    /// <summary>B(h) = e^h - 1.</summary>
    Bh2,
}

/// <summary>Where UniPC's steps stand.</summary>
public enum UniPcSkipType
{
    /// <summary>Equally spaced in time.</summary>
    TimeUniform,

    /// <summary>Equally spaced in the square root of time.</summary>
    TimeQuadratic,

    /// <summary>Equally spaced in the logarithm of the signal-to-noise ratio.</summary>
    LogSnr,

    /// <summary>At the timesteps the run is given, falling, with a last step to no noise at all, as diffusers does.</summary>
    Given,
}
