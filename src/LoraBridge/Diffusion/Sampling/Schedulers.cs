namespace LoraBridge.Diffusion.Sampling;

/// <summary>All schedulers, in the order the web UI lists them.</summary>
public static class Schedulers
{
    /// <summary>Leaves the choice to the sampler; a sampler without a preference gets <c>uniform</c>.</summary>
    public static Scheduler Automatic { get; } = new() { Name = "automatic", Label = "Automatic" };

    /// <summary>Every scheduler, Automatic first.</summary>
    public static IReadOnlyList<Scheduler> All { get; } =
    [
        Automatic,
        new() { Name = "uniform", Label = "Uniform", NeedsModel = true, Function = SigmaSchedules.Uniform },
        new() { Name = "karras", Label = "Karras", DefaultRho = 7, Function = SigmaSchedules.Karras },
        new() { Name = "exponential", Label = "Exponential", Function = SigmaSchedules.Exponential },
        new() { Name = "polyexponential", Label = "Polyexponential", DefaultRho = 1, Function = SigmaSchedules.Polyexponential },
        new() { Name = "sgm_uniform", Label = "SGM Uniform", Aliases = ["SGMUniform"], NeedsModel = true, Function = SigmaSchedules.SgmUniform },
        new() { Name = "kl_optimal", Label = "KL Optimal", Function = SigmaSchedules.KlOptimal },
        new() { Name = "align_your_steps", Label = "Align Your Steps", Function = AlignYourSteps.Sigmas },
        new() { Name = "simple", Label = "Simple", NeedsModel = true, Function = SigmaSchedules.Simple },
        new() { Name = "normal", Label = "Normal", NeedsModel = true, Function = SigmaSchedules.Normal },
        new() { Name = "ddim", Label = "DDIM", NeedsModel = true, Function = SigmaSchedules.Ddim },
        new() { Name = "beta", Label = "Beta", NeedsModel = true, Function = SigmaSchedules.Beta },
    ];

    /// <summary>The scheduler of a name, label or alias in any case; null when there is none.</summary>
    public static Scheduler? Find(string? name) => All.FirstOrDefault(scheduler => scheduler.NamesAndAliases.Contains(name, StringComparer.OrdinalIgnoreCase));

    /// <summary>The scheduler of a name.</summary>
    /// <exception cref="ArgumentException">There is none of that name; the message lists all.</exception>
    public static Scheduler Get(string name) => Find(name)
        ?? throw new ArgumentException($"There is no scheduler '{name}'. Known are: {string.Join(", ", All.Select(scheduler => scheduler.Name))}.", nameof(name));
}
