using static TorchSharp.torch;

namespace LoraBridge.Diffusion.Sampling;

/// <summary>The levels of one sampling run and the latents it begins with.</summary>
/// <param name="Sampler">The sampler.</param>
/// <param name="Levels">What the sampler is given: falling sigmas, or rising timesteps.</param>
/// <param name="Schedule">The model's noise schedule.</param>
/// <param name="StartTimestep">The timestep a timestep sampler's image is noised to; it may lie above <paramref name="Levels"/>.</param>
public sealed record SamplingPlan(Sampler Sampler, IReadOnlyList<double> Levels, NoiseSchedule Schedule, int StartTimestep)
{
    /// <summary>A run from pure noise.</summary>
    /// <param name="choice">The sampler and scheduler.</param>
    /// <param name="steps">At least 1.</param>
    /// <param name="schedule">The model's noise schedule.</param>
    /// <param name="options">Settings that move or bend the levels.</param>
    public static SamplingPlan FromNoise(SamplerChoice choice, int steps, NoiseSchedule schedule, SchedulerOptions? options = null)
    {
        var levels = AllLevels(choice, steps, schedule, options ?? new());
        return new(choice.Sampler, levels, schedule, schedule.Length - 1) { Steps = steps, ScheduleSteps = steps };
    }

    /// <summary>A run that begins with an image noised by a strength, and so takes only the last part of the levels.</summary>
    /// <param name="choice">The sampler and scheduler.</param>
    /// <param name="steps">The number of steps at strength 1, or with <paramref name="exactSteps"/> the number of steps taken.</param>
    /// <param name="strength">From 0 (the image) to 1 (noise).</param>
    /// <param name="schedule">The model's noise schedule.</param>
    /// <param name="options">Settings that move or bend the levels.</param>
    /// <param name="exactSteps">Whether the schedule is drawn out so that all the steps are taken.</param>
    public static SamplingPlan FromImage(SamplerChoice choice, int steps, double strength, NoiseSchedule schedule, SchedulerOptions? options = null, bool exactSteps = false)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(steps);
        if (!(strength is >= 0 and <= 1)) throw new ArgumentOutOfRangeException(nameof(strength), strength, "The denoising strength lies between 0 and 1.");
        // a strength of 1 would begin a step above the schedule's top
        strength = Math.Min(strength, 0.999);
        // no number of steps makes a strength of 0: the image is left as it is
        if (exactSteps && strength == 0) return new(choice.Sampler, choice.Sampler.TakesTimesteps ? [] : [0], schedule, 0) { Steps = 0, ScheduleSteps = 0 };
        var total = exactSteps ? (int)(steps / strength) : steps;
        var last = exactSteps ? steps - 1 : (int)(strength * steps);

        var levels = AllLevels(choice, total, schedule, options ?? new());
        if (!choice.Sampler.TakesTimesteps) return new(choice.Sampler, levels[(total - last - 1)..], schedule, 0) { Steps = last + 1, ScheduleSteps = total };
        // the image is noised to the timestep above the first one stepped from, as the web UI does
        return new(choice.Sampler, levels[..last], schedule, (int)levels[last]) { Steps = last + 1, ScheduleSteps = total };
    }

    /// <summary>The steps that are asked for and shown; a sampler may take one more or fewer.</summary>
    public int Steps { get; private init; }

    /// <summary>The steps of the whole schedule, of which the run may be the last part.</summary>
    public int ScheduleSteps { get; private init; }

    /// <summary>Whether the latents are left as they are.</summary>
    public bool IsEmpty => Steps == 0;

    /// <summary>The noise level the run begins at.</summary>
    public double StartSigma => Sampler.TakesTimesteps ? Schedule.TimestepToSigma(StartTimestep) : Levels[0];

    /// <summary>The latents to begin with where there is no image, (B, C, h, w).</summary>
    /// <param name="noise">Unit noise, (B, C, h, w).</param>
    /// <param name="keepVariance">Whether the noise has the variance of a noisy image at that level and not that of its noise alone (the setting <c>sgm_noise_multiplier</c>).</param>
    public Tensor Begin(Tensor noise, bool keepVariance = false)
    {
        if (Sampler.TakesTimesteps) return noise.clone();
        return noise * (keepVariance ? Math.Sqrt(1 + StartSigma * StartSigma) : StartSigma);
    }

    /// <summary>The latents to begin with where there is an image, (B, C, h, w).</summary>
    /// <param name="latents">The image's clean latents, (B, C, h, w).</param>
    /// <param name="noise">Unit noise, (B, C, h, w).</param>
    /// <param name="extraNoise">How much of the noise is added to the latents themselves besides (the setting <c>img2img_extra_noise</c>).</param>
    public Tensor Begin(Tensor latents, Tensor noise, double extraNoise = 0)
    {
        using var scope = NewDisposeScope();
        if (IsEmpty) return latents.clone().MoveToOuterDisposeScope();
        if (!Sampler.TakesTimesteps) return (latents + noise * (StartSigma + extraNoise)).MoveToOuterDisposeScope();
        double alpha = Schedule.AlphasCumprod[StartTimestep];
        return (latents * Math.Sqrt(alpha) + noise * (Math.Sqrt(1 - alpha) + extraNoise * Math.Sqrt(alpha))).MoveToOuterDisposeScope();
    }

    /// <summary>The timesteps of DDIM's family: 1, 1 + s, 1 + 2s … with s = length div steps; often more of them than steps.</summary>
    internal static double[] Timesteps(int steps, int length)
    {
        var stride = Math.Max(1, length / steps);
        return [.. Enumerable.Range(0, (length + stride - 1) / stride).Select(i => (double)Math.Min(i * stride + 1, length - 1)).Distinct()];
    }

    private static double[] AllLevels(SamplerChoice choice, int steps, NoiseSchedule schedule, SchedulerOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(steps);
        var discard = options.AlwaysDiscardNextToLastSigma || choice.Sampler.DiscardNextToLastSigma;
        if (choice.Sampler.TakesTimesteps) return Timesteps(discard ? steps + 1 : steps, schedule.Length);

        var known = choice.Sampler.KnownTimesteps > 0 ? schedule.Thinned(choice.Sampler.KnownTimesteps) : schedule;
        var sigmas = choice.Scheduler.Sigmas(discard ? steps + 1 : steps, known, options);
        return discard ? [.. sigmas[..^2], sigmas[^1]] : sigmas;
    }
}
