namespace LoraBridge.Diffusion.Sampling;

/// <summary>Settings that move or bend a scheduler's noise levels.</summary>
public sealed record SchedulerOptions
{
    /// <summary>The least noise level above 0; 0 is the model's own.</summary>
    public double SigmaMin { get; init; }

    /// <summary>The level that sampling begins at; 0 is the model's own.</summary>
    public double SigmaMax { get; init; }

    /// <summary>The exponent of the Karras and Polyexponential schedulers; 0 is the scheduler's own.</summary>
    public double Rho { get; init; }

    /// <summary>First parameter of the Beta scheduler's distribution, above 0.</summary>
    public double BetaAlpha { get; init; } = 0.6;

    /// <summary>Second parameter of the Beta scheduler's distribution, above 0.</summary>
    public double BetaBeta { get; init; } = 0.6;

    /// <summary>Whether every sampler's schedule is made one step longer and its next-to-last level dropped.</summary>
    public bool AlwaysDiscardNextToLastSigma { get; init; }

    /// <summary>Whether the model is an SDXL, for which Align Your Steps has a table of its own.</summary>
    public bool IsSdxl { get; init; }
}
