namespace LoraBridge.Diffusion.Sampling;

/// <summary>A step between two noise levels split into a longer way down and noise that leads up again.</summary>
/// <param name="Down">The level that the denoising part goes to.</param>
/// <param name="Up">The standard deviation of the noise added after it, so that down² + up² = to².</param>
internal readonly record struct AncestralStep(double Down, double Up)
{
    /// <summary>The split of a step; eta 0 adds no noise, eta 1 as much as the reverse of the forward process has.</summary>
    public static AncestralStep Between(double from, double to, double eta)
    {
        if (eta == 0) return new(to, 0);
        var up = Math.Min(to, eta * Math.Sqrt(to * to * (from * from - to * to) / (from * from)));
        return new(Math.Sqrt(to * to - up * up), up);
    }
}
