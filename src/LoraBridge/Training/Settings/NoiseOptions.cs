using System.ComponentModel.DataAnnotations;

namespace LoraBridge.Training.Settings;

/// <summary>The shape of the noise that is added.</summary>
public sealed record NoiseOptions
{
    /// <summary>Shift each channel's noise by so much, for darker and lighter pictures; none for none, 0.05 to 0.1 is usual. Excludes multires noise.</summary>
    [Range(0.0, 1.0, MinimumIsExclusive = true)]
    public double? Offset { get; init; }

    /// <summary>Draw the shift between 0 and that number at each step.</summary>
    public bool OffsetRandomStrength { get; init; }

    /// <summary>Add this times the latents' mean brightness to the shift; none for none.</summary>
    [Range(-10.0, 10.0)]
    public double? AdaptiveScale { get; init; }

    /// <summary>Add noise at so many coarser sizes (pyramid noise); none for none, 6 to 10 is usual. Excludes a noise offset.</summary>
    [Range(1, 64)]
    public int? MultiresIterations { get; init; }

    /// <summary>How much weaker each coarser noise is.</summary>
    [Range(0.0, 1.0)]
    public double MultiresDiscount { get; init; } = 0.3;

    /// <summary>Disturb the network's input by so much without asking for it back (input perturbation); none for none, 0.1 is usual.</summary>
    [Range(0.0, 1.0, MinimumIsExclusive = true)]
    public double? InputPerturbation { get; init; }

    /// <summary>Draw the disturbance between 0 and that number at each step.</summary>
    public bool InputPerturbationRandomStrength { get; init; }

    /// <summary>A factor on the noise.</summary>
    [Range(0.0, 10.0, MinimumIsExclusive = true)]
    public double Multiplier { get; init; } = 1;
}
