using LoraBridge.Diffusion;
using LoraBridge.Diffusion.Noise;
using LoraBridge.Diffusion.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace LoraBridge.Tests.Diffusion.Sampling;

/// <summary>Every sampler against the exact solution for Gaussian data: the error must fall as the method's order says.</summary>
public sealed class SamplerConvergenceTests
{
    private static readonly GaussianData s_data = new();
    private static readonly NoiseSchedule s_schedule = NoiseSchedule.StableDiffusion;

    [Theory]
    [InlineData("Euler", 1)]
    [InlineData("Euler a", 1)]
    [InlineData("Heun", 2)]
    [InlineData("LMS", 2)]              // order four, after a first step of order one
    [InlineData("DPM2", 2)]
    [InlineData("DPM2 a", 2)]
    [InlineData("DPM++ 2M", 2)]
    [InlineData("DPM++ 2S a", 2)]
    [InlineData("DPM++ SDE", 2)]
    [InlineData("DPM++ 2M SDE", 2)]
    [InlineData("DPM++ 2M SDE Heun", 2)]
    [InlineData("DPM++ 3M SDE", 2)]     // order three, after a first step of order one
    [InlineData("DPM fast", 1.7)]      // order three, but the last two steps are of order two and one
    [InlineData("Restart", 2)]
    public void Sample_WithoutNoise_ConvergesToTheExactPath(string name, int order)
    {
        // 16 and 32 steps keep Restart on one way down only up to 19: it is given 8 and 16
        var steps = name == "Restart" ? 8 : 24;
        AssertOrder(order, steps, count => Error(name, Levels(count)));
    }

    [Theory]
    [InlineData("DDIM", 1)]
    [InlineData("DDIM CFG++", 1)]
    [InlineData("PLMS", 2)]
    public void Sample_OverTimesteps_ConvergesToTheExactPath(string name, int order) =>
        AssertOrder(order, 16, count => Error(name, Timesteps(960 / count)));

    [Theory]
    [InlineData(UniPcVariant.Bh1, 1, 20, 1.5)]
    [InlineData(UniPcVariant.Bh1, 2, 20, 2.5)]
    [InlineData(UniPcVariant.Bh1, 3, 8, 3)]
    [InlineData(UniPcVariant.Bh2, 2, 20, 2.5)]
    [InlineData(UniPcVariant.Bh2, 3, 8, 3)]
    public void UniPc_ConvergesWithItsOrder(UniPcVariant variant, int order, int steps, double expected)
    {
        var options = new SamplerOptions { UniPc = new() { Variant = variant, Order = order, SkipType = UniPcSkipType.LogSnr, LowerOrderFinal = false } };
        AssertOrder(expected, steps, count => UniPcError(count, options));
    }

    [Theory]
    [InlineData(UniPcSkipType.TimeUniform)]
    [InlineData(UniPcSkipType.TimeQuadratic)]
    [InlineData(UniPcSkipType.LogSnr)]
    public void UniPc_WithAnySpacing_EndsNearTheExactImage(UniPcSkipType skip) =>
        Assert.InRange(UniPcError(40, new() { UniPc = new() { SkipType = skip } }), 0, 0.04);

    [Fact]
    public void DpmAdaptive_WithoutNoise_KeepsItsTolerance()
    {
        using var scope = NewDisposeScope();
        var denoiser = s_data.Denoiser();
        var (x, exact) = Path(14, 0.05);
        var result = Samplers.Get("DPM adaptive").Sample(denoiser, x, [14, 0.05, 0], new() { Eta = 0 });
        Assert.InRange(TensorAssert.MaxDifference(exact, result), 0, 0.05);
        Assert.InRange(denoiser.ModelCalls, 10, 200);
        Assert.Equal(0, denoiser.ModelCalls % 3);
    }

    [Theory]
    [InlineData("Euler a", 0.08)]           // order one
    [InlineData("DPM2 a", 0.03)]
    [InlineData("DPM++ 2S a", 0.03)]
    [InlineData("DPM++ SDE", 0.03)]
    [InlineData("DPM++ 2M SDE", 0.03)]
    [InlineData("DPM++ 2M SDE Heun", 0.03)]
    [InlineData("DPM++ 3M SDE", 0.03)]
    [InlineData("DPM fast", 0.05)]
    [InlineData("DPM adaptive", 0.05)]
    [InlineData("Restart", 0.03)]
    [InlineData("LCM", 1)]              // one that only promises samples of a distilled model: it must run
    public void Sample_WithNoise_HasTheDataSpread(string name, double limit)
    {
        using var scope = NewDisposeScope();
        var sampler = Samplers.Get(name);
        var plan = new SeedPlan { Seed = 11 };
        var shape = new LatentShape(4, 64, 64);
        var levels = Schedulers.Get("karras").Sigmas(60, s_schedule);
        var start = new LatentNoise(plan, shape, 1);
        INoiseSource noise = sampler.UsesBrownianNoise ? new BrownianNoise(plan, shape, 1, levels) : start;
        var x = start.Start() * s_data.SpreadAt(levels[0]) + s_data.Mean;

        var image = sampler.Sample(s_data.Denoiser(), x, levels, new() { Noise = noise });

        Assert.InRange(image.mean().ToDouble(), s_data.Mean - 0.02, s_data.Mean + 0.02);
        Assert.InRange(image.std().ToDouble(), s_data.Spread * (1 - limit), s_data.Spread * (1 + limit));
    }

    [Theory]
    [InlineData("Euler", 0.12)]             // order one
    [InlineData("Heun", 0.03)]
    [InlineData("DPM2", 0.03)]
    public void Sample_WithChurn_HasTheDataSpread(string name, double limit)
    {
        using var scope = NewDisposeScope();
        var noise = new LatentNoise(new SeedPlan { Seed = 5 }, new(4, 64, 64), 1);
        var levels = Schedulers.Get("karras").Sigmas(60, s_schedule);
        var x = noise.Start() * s_data.SpreadAt(levels[0]) + s_data.Mean;

        var image = Samplers.Get(name).Sample(s_data.Denoiser(), x, levels, new() { Noise = noise, SChurn = 20 });

        Assert.InRange(image.std().ToDouble(), s_data.Spread * (1 - limit), s_data.Spread * (1 + limit));
    }

    [Fact]
    public void Ddim_WithEtaOne_HasTheDataSpread()
    {
        using var scope = NewDisposeScope();
        var noise = new LatentNoise(new SeedPlan { Seed = 5 }, new(4, 64, 64), 1);
        double[] timesteps = [0, .. Timesteps(10)];
        var (signal, spread) = Scales(timesteps[^1]);
        var x = noise.Start() * Math.Sqrt(signal * signal * s_data.Spread * s_data.Spread + spread * spread) + s_data.Mean * signal;

        var image = Samplers.Get("DDIM").Sample(s_data.Denoiser(), x, timesteps, new() { Noise = noise, Eta = 1 });

        Assert.InRange(image.std().ToDouble(), s_data.Spread * 0.92, s_data.Spread * 1.03);
    }

    private static double Error(string name, double[] levels)
    {
        using var scope = NewDisposeScope();
        var sampler = Samplers.Get(name);
        var options = new SamplerOptions { Eta = 0, Noise = new LatentNoise(new SeedPlan { Seed = 1 }, new(4, 2, 2), 1) };
        if (!sampler.TakesTimesteps)
        {
            var (x, exact) = Path(levels[0], levels[^1]);
            return TensorAssert.MaxDifference(exact, sampler.Sample(s_data.Denoiser(), x, levels, options));
        }
        var (signal, _) = Scales(levels[^1]);
        var (signalAtEnd, _) = Scales(levels[0]);
        var (start, end) = Path(s_schedule.TimestepToSigma(levels[^1]), s_schedule.TimestepToSigma(levels[0]));
        return TensorAssert.MaxDifference(end * signalAtEnd, sampler.Sample(s_data.Denoiser(), start * signal, levels, options));
    }

    private static double UniPcError(int steps, SamplerOptions options)
    {
        using var scope = NewDisposeScope();
        var (x, exact) = Path(s_schedule.SigmaMax, s_schedule.SigmaMin);
        var (signal, _) = Scales(999);
        var (signalAtEnd, _) = Scales(0);
        var levels = Enumerable.Range(0, steps).Select(i => (double)i).ToArray();
        return TensorAssert.MaxDifference(exact * signalAtEnd, Samplers.Get("UniPC").Sample(s_data.Denoiser(), x * signal, levels, options));
    }

    private static void AssertOrder(double order, int steps, Func<int, double> error)
    {
        var (coarse, fine) = (error(steps), error(2 * steps));
        Assert.True(fine < coarse / Math.Pow(2, order - 0.35), $"order {Math.Log2(coarse / fine):f2}, expected {order}: {coarse:g3} with {steps} steps, {fine:g3} with {2 * steps}");
    }

    private static (Tensor Start, Tensor End) Path(double sigma, double next)
    {
        var x = linspace(-2, 2, 16, dtype: float64).view(1, 4, 2, 2) * sigma + s_data.Mean;
        return (x, s_data.Along(x, sigma, next));
    }

    private static double[] Levels(int steps) => [.. SigmaSchedules.Karras(steps + 1, 0.1, 14)[..^1]];

    private static double[] Timesteps(int stride) => [.. Enumerable.Range(0, 960 / stride + 1).Select(i => (double)(20 + i * stride))];

    private static (double Signal, double Spread) Scales(double timestep)
    {
        double alpha = s_schedule.AlphasCumprod[(int)timestep];
        return (Math.Sqrt(alpha), Math.Sqrt(1 - alpha));
    }
}
