namespace LoraBridge.Diffusion.Sampling;

/// <summary>Reads the sampler and scheduler that a request names, old spellings included.</summary>
public static class SamplerNames
{
    /// <summary>Finds the sampler and scheduler of a request.</summary>
    /// <param name="samplerName">A sampler's name or alias in any case, perhaps with a scheduler's after it (<c>DPM++ 2M Karras</c>); null or empty is the first sampler.</param>
    /// <param name="scheduler">A scheduler's name, label or alias in any case; null or empty takes it from the sampler's name. An unknown one is Automatic.</param>
    /// <remarks>A name that is nobody's is the first sampler, <c>DPM++ 2M</c>, as in the web UI since 1.10; <see cref="SamplerChoice.IsFallback"/> tells.</remarks>
    public static SamplerChoice Resolve(string? samplerName, string? scheduler = null)
    {
        var name = string.IsNullOrWhiteSpace(samplerName) ? Samplers.All[0].Name : samplerName.Trim();
        Scheduler? suffix = null;
        if (Samplers.Find(name) is null) (name, suffix) = CutScheduler(name);

        var sampler = Samplers.Find(name);
        var requested = string.IsNullOrWhiteSpace(scheduler) ? suffix : Schedulers.Find(scheduler.Trim());
        return new(sampler ?? Samplers.All[0], requested ?? Schedulers.Automatic) { IsFallback = sampler is null };
    }

    // the longest ending, for "SGM Uniform" ends in another scheduler's label
    private static (string Name, Scheduler? Scheduler) CutScheduler(string name)
    {
        var (ending, scheduler) = Schedulers.All
            .SelectMany(scheduler => scheduler.NamesAndAliases.Select(ending => (Ending: " " + ending, Scheduler: scheduler)))
            .Where(pair => name.EndsWith(pair.Ending, StringComparison.OrdinalIgnoreCase))
            .OrderByDescending(pair => pair.Ending.Length)
            .FirstOrDefault();
        return scheduler is null ? (name, null) : (name[..^ending.Length].TrimEnd(), scheduler);
    }
}
