namespace LoraBridge.Diffusion.Sampling;

/// <summary>A sampler and the scheduler asked for with it.</summary>
/// <param name="Sampler">The sampler.</param>
/// <param name="RequestedScheduler">What was asked for, Automatic included.</param>
public sealed record SamplerChoice(Sampler Sampler, Scheduler RequestedScheduler)
{
    /// <summary>Whether the name was nobody's and the first sampler took its place.</summary>
    public bool IsFallback { get; init; }

    /// <summary>The scheduler that places the levels: the one asked for, or for Automatic the sampler's own, or uniform.</summary>
    public Scheduler Scheduler =>
        RequestedScheduler != Schedulers.Automatic ? RequestedScheduler : Schedulers.Get(Sampler.DefaultScheduler ?? "uniform");

    /// <summary>What a picture's generation text says after <c>Schedule type</c>: the label used, or Automatic where nothing chose one.</summary>
    public string ScheduleType =>
        Sampler.TakesTimesteps || (RequestedScheduler == Schedulers.Automatic && Sampler.DefaultScheduler is null) ? Schedulers.Automatic.Label : Scheduler.Label;
}
