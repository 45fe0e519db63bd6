namespace LoraBridge.Diffusion.Sampling;

/// <summary>What a scheduler may read: the number of steps, the model's schedule and the settings that change it.</summary>
internal sealed record SchedulerArguments
{
    /// <summary>The number of noise levels above the final 0.</summary>
    public required int Steps { get; init; }

    /// <summary>The model's own noise levels.</summary>
    public required NoiseSchedule Schedule { get; init; }

    /// <summary>The least noise level above 0.</summary>
    public required double SigmaMin { get; init; }

    /// <summary>The level that sampling begins at.</summary>
    public required double SigmaMax { get; init; }

    /// <summary>The exponent of the schedulers that have one.</summary>
    public double Rho { get; init; } = 7;

    /// <summary>First parameter of the beta scheduler's distribution.</summary>
    public double BetaAlpha { get; init; } = 0.6;

    /// <summary>Second parameter of the beta scheduler's distribution.</summary>
    public double BetaBeta { get; init; } = 0.6;

    /// <summary>Whether the model is an SDXL, for which Align Your Steps has another table.</summary>
    public bool IsSdxl { get; init; }
}
