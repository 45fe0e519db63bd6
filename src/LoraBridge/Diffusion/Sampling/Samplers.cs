namespace LoraBridge.Diffusion.Sampling;

/// <summary>All samplers, in the order the web UI lists them.</summary>
public static class Samplers
{
    /// <summary>Every sampler; the first is taken where none is named.</summary>
    public static IReadOnlyList<Sampler> All { get; } =
    [
        new("DPM++ 2M", ["k_dpmpp_2m"], DpmPlusPlus2M.Sample) { DefaultScheduler = "karras" },
        new("DPM++ SDE", ["k_dpmpp_sde"], DpmPlusPlusSde.Sample) { DefaultEta = 1, ScalesNoise = true, DefaultScheduler = "karras", SecondOrder = true, UsesBrownianNoise = true },
        new("DPM++ 2M SDE", ["k_dpmpp_2m_sde"], DpmPlusPlus2MSde.SampleMidpoint) { DefaultEta = 1, ScalesNoise = true, DefaultScheduler = "exponential", UsesBrownianNoise = true },
        new("DPM++ 2M SDE Heun", ["k_dpmpp_2m_sde_heun"], DpmPlusPlus2MSde.SampleHeun) { DefaultEta = 1, ScalesNoise = true, DefaultScheduler = "exponential", UsesBrownianNoise = true },
        new("DPM++ 2S a", ["k_dpmpp_2s_a"], DpmPlusPlus2SAncestral.Sample) { DefaultEta = 1, ScalesNoise = true, DefaultScheduler = "karras", UsesEnsd = true, SecondOrder = true },
        new("DPM++ 3M SDE", ["k_dpmpp_3m_sde"], DpmPlusPlus3MSde.Sample) { DefaultEta = 1, ScalesNoise = true, DefaultScheduler = "exponential", DiscardNextToLastSigma = true, UsesBrownianNoise = true },
        new("Euler a", ["k_euler_a", "k_euler_ancestral"], EulerAncestral.Sample) { DefaultEta = 1, UsesEnsd = true },
        new("Euler", ["k_euler"], Euler.Sample) { Churns = true, ScalesNoise = true },
        new("LMS", ["k_lms"], Lms.Sample),
        new("Heun", ["k_heun"], Heun.Sample) { Churns = true, ScalesNoise = true, SecondOrder = true },
        new("DPM2", ["k_dpm_2"], Dpm2.Sample) { Churns = true, ScalesNoise = true, DefaultScheduler = "karras", DiscardNextToLastSigma = true, SecondOrder = true },
        new("DPM2 a", ["k_dpm_2_a"], Dpm2Ancestral.Sample) { DefaultEta = 1, ScalesNoise = true, DefaultScheduler = "karras", DiscardNextToLastSigma = true, UsesEnsd = true, SecondOrder = true },
        new("DPM fast", ["k_dpm_fast"], DpmFast.Sample) { DefaultEta = 1, ScalesNoise = true, UsesEnsd = true },
        new("DPM adaptive", ["k_dpm_ad"], DpmAdaptive.Sample) { DefaultEta = 1, UsesEnsd = true, CouplesImages = true },
        new("Restart", ["restart"], Restart.Sample) { DefaultScheduler = "karras", SecondOrder = true },
        new("DDIM", ["ddim"], Ddim.Sample) { DefaultEta = 0, TakesTimesteps = true },
        new("DDIM CFG++", ["ddim_cfgpp"], DdimCfgPlusPlus.Sample) { DefaultEta = 0, TakesTimesteps = true, GuidanceDivisor = DdimCfgPlusPlus.GuidanceDivisor },
        new("PLMS", ["plms"], Plms.Sample) { TakesTimesteps = true },
        new("UniPC", ["unipc"], UniPc.Sample) { TakesTimesteps = true },
        new("LCM", ["k_lcm"], Lcm.Sample) { KnownTimesteps = Lcm.KnownTimesteps },
    ];

    /// <summary>The sampler of a name or alias in any case; null when there is none.</summary>
    public static Sampler? Find(string? name) =>
        All.FirstOrDefault(sampler => sampler.Aliases.Prepend(sampler.Name).Contains(name, StringComparer.OrdinalIgnoreCase));

    /// <summary>The sampler of a name.</summary>
    /// <exception cref="ArgumentException">There is none of that name; the message lists all.</exception>
    public static Sampler Get(string name) => Find(name)
        ?? throw new ArgumentException($"There is no sampler '{name}'. Known are: {string.Join(", ", All.Select(sampler => sampler.Name))}.", nameof(name));
}
