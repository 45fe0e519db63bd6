using LoraBridge.Diffusion.Sampling;

namespace LoraBridge.Generation;

/// <summary>What samplers may be told besides their name; each reads what concerns it.</summary>
public sealed record SamplingSettings
{
    /// <summary>Noise that Euler, Heun and DPM2 add before a step, over the whole run (<c>s_churn</c>); 0 is none.</summary>
    public double Churn { get; init; }

    /// <summary>The least noise level at which churning happens (<c>s_tmin</c>).</summary>
    public double ChurnFrom { get; init; }

    /// <summary>The greatest noise level at which churning happens (<c>s_tmax</c>); 0 is no limit.</summary>
    public double ChurnUpTo { get; init; }

    /// <summary>A factor on the noise that a sampler adds (<c>s_noise</c>).</summary>
    public double NoiseFactor { get; init; } = 1;

    /// <summary>How much of each step is noise in ancestral and SDE samplers, unless the request says it.</summary>
    public double EtaAncestral { get; init; } = 1;

    /// <summary>How much of each step is noise in DDIM, unless the request says it.</summary>
    public double EtaDdim { get; init; }

    /// <summary>Whether the start noise has the variance of a noisy picture at its level, not that of the noise alone (<c>sgm_noise_multiplier</c>).</summary>
    public bool KeepVariance { get; init; }

    /// <summary>Whether the last training timestep is made pure noise; only models trained so want it (<c>sd_noise_schedule</c>).</summary>
    public bool ZeroTerminalSnr { get; init; }

    /// <summary>Whether the schedule's alphas are rounded to half precision, as old versions of the WebUI did (<c>use_downcasted_alpha_bar</c>).</summary>
    public bool DowncastAlphas { get; init; }

    /// <summary>What moves or bends the noise levels.</summary>
    public SchedulerOptions Scheduler { get; init; } = new();

    /// <summary>What UniPC alone reads.</summary>
    public UniPcOptions UniPc { get; init; } = new();

    internal void Validate()
    {
        PictureRequest.Between(Churn, 0, 100, nameof(Churn));
        PictureRequest.Between(ChurnFrom, 0, 1000, nameof(ChurnFrom));
        PictureRequest.Between(ChurnUpTo, 0, double.MaxValue, nameof(ChurnUpTo));
        PictureRequest.Between(NoiseFactor, 0, 2, nameof(NoiseFactor));
        PictureRequest.Between(EtaAncestral, 0, 10, nameof(EtaAncestral));
        PictureRequest.Between(EtaDdim, 0, 10, nameof(EtaDdim));
        PictureRequest.Between(Scheduler.SigmaMin, 0, 1000, nameof(Scheduler.SigmaMin));
        PictureRequest.Between(Scheduler.SigmaMax, 0, 1000, nameof(Scheduler.SigmaMax));
        PictureRequest.Between(UniPc.Order, 1, 50, "UniPc.Order");
    }
}
