using LoraBridge.Diffusion;
using LoraBridge.Diffusion.Noise;
using LoraBridge.Diffusion.Sampling;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Diffusion.Sampling;

/// <summary>Whole runs of a sampler by its name, as the pipeline makes them.</summary>
internal static class SampleRuns
{
    /// <summary>The size of the runs' latents.</summary>
    public static readonly LatentShape Shape = new(4, 8, 8);

    /// <summary>Runs a sampler over its default levels from seed 42.</summary>
    public static Tensor Run(string name, int steps, Denoiser denoiser, Action<SamplingStep>? onStep = null, int count = 1, int firstImage = 0)
    {
        using var scope = NewDisposeScope();
        var choice = SamplerNames.Resolve(name);
        var plan = SamplingPlan.FromNoise(choice, steps, NoiseSchedule.StableDiffusion);
        var (noise, draws) = NoiseFor(choice.Sampler, plan.Levels, count, firstImage);
        return choice.Sampler.Sample(denoiser, plan.Begin(noise.Start()), plan.Levels, new() { Noise = draws, OnStep = onStep }).MoveToOuterDisposeScope();
    }

    /// <summary>Start noise, and the noise that a sampler of that kind goes on with.</summary>
    public static (LatentNoise Start, INoiseSource Draws) NoiseFor(Sampler sampler, IReadOnlyList<double> levels, int count, int firstImage)
    {
        var plan = new SeedPlan { Seed = 42 };
        var start = new LatentNoise(plan, Shape, count, firstImage);
        return (start, sampler.UsesBrownianNoise ? new BrownianNoise(plan, Shape, count, levels, firstImage) : start);
    }
}
